"""The contract of methods: with and without the type of its parameters, and kept by its configuration."""

from downbench import Config, Method, parameter


class Sizes(Config):
    width: int = parameter(3, "Width of the network.")


class Typed(Method[Sizes]):
    Config = Sizes

    def sample(self, coarse, static, members, context):
        yield coarse["precipitation"] * self.config.width


class Plain(Method):
    Config = Sizes

    def sample(self, coarse, static, members, context):
        yield coarse["precipitation"]


def test_both_ways_of_writing_a_method_get_their_defaults():
    assert Typed().config.width == Plain().config.width == 3


def test_a_method_is_restored_with_its_configuration_and_class(tmp_path):
    Typed(Sizes(width=7)).save(tmp_path)
    again = Typed.load(tmp_path)
    assert isinstance(again, Typed)
    assert again.config == Sizes(width=7)
