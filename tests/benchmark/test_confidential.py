"""Secrets do not reach what is written down."""

from __future__ import annotations

import json

import pytest

from downbench.confidential import without_secrets
from downbench.store.record import read_record, write_record
from downbench.store.record_parts import DatasetPart, Part


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://ann:pw123@host/rain.nc", "https://***@host/rain.nc"),
        ("s3://AKIA123:abc/def@bucket/rain.zarr", "s3://***@bucket/rain.zarr"),
        ("https:/ann:pw123@host/rain.nc", "https:/***@host/rain.nc"),  # as a path writes it
        ("tls://user:pw@10.0.0.1:8786", "tls://***@10.0.0.1:8786"),
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        ("https://h/a?X-Amz-Signature=abc&b=2", "https://h/a?X-Amz-Signature=***&b=2"),
        ("https://h/a?sv=1&sig=a%2Fb&access_token=qq#x", "https://h/a?sv=1&sig=***&access_token=***#x"),
        ("GET failed: Authorization: Bearer abcdefghijk", "GET failed: Authorization: Bearer ***"),
        ("/data/rain@home/file.nc", "/data/rain@home/file.nc"),
        ("mean of 4 x 4 cells", "mean of 4 x 4 cells"),
    ],
)
def test_addresses_queries_and_headers(text, written):
    assert without_secrets(text) == written
    assert without_secrets({"a": [text]}) == {"a": [written]}


def test_values_of_variables_that_are_named_like_secrets(monkeypatch):
    monkeypatch.setenv("CDS_API_TOKEN", "0123456789-abcdef")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("SSH_KEY", "/home/ann/keys/rain")
    monkeypatch.setenv("AUTH", "short")
    monkeypatch.setenv("KEYBOARD_LAYOUT", "colemak-dh")
    text = "0123456789-abcdef wJalrXUtnFEMI /home/ann/keys/rain short colemak-dh"
    assert without_secrets(text) == "*** *** /home/ann/keys/rain short colemak-dh"


def test_values_of_keys_that_are_named_like_secrets():
    settings = {"password": "hunter2", "api_key": "k", "token": None, "tokens": 3, "author": "Ann", "seed": 1}
    cleaned = without_secrets(settings)
    assert cleaned == settings | {"password": "***", "api_key": "***"}


class Sample(Part):
    """A record."""

    reason: str
    configuration: dict[str, str]


def test_no_record_holds_them_and_it_is_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "abcdefgh12345")
    record = Sample(
        reason="cannot open https://u:p4ss@host/x with abcdefgh12345",
        configuration={"coarse": "https://u:p4ss@host/y?token=t0k3n", "password": "hunter2"},
    )
    write_record(tmp_path / "run.json", record)
    text = (tmp_path / "run.json").read_text()
    assert not any(secret in text for secret in ("p4ss", "abcdefgh12345", "t0k3n", "hunter2"))
    back = read_record(tmp_path / "run.json", Sample)  # its digest is of what is written
    assert back.configuration["coarse"] == "https://***@host/y?token=***"


def test_a_run_with_tokens_around_leaves_none_of_them(bench, tmp_path, monkeypatch):
    from folders import TOY

    secrets = {"HF_TOKEN": "hf_0123456789abc", "DB_PASSWORD": "correct-horse-battery"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    plugin = tmp_path / "leaky.py"
    plugin.write_text(
        "import os\nfrom downbench import MethodInfo, Method, hookimpl\n"
        "class Leaky(Method):\n"
        "    def sample(self, coarse, static, members, context):\n"
        "        raise ValueError('https://u:pw1234@h?token=' + os.environ['HF_TOKEN'] "
        "+ ' ' + os.environ['DB_PASSWORD'])\n"
        "@hookimpl\n"
        "def downbench_methods():\n    return [MethodInfo(name='leaky', target='leaky:Leaky')]\n"
    )
    options = [
        "--plugin",
        TOY,
        "--plugin",
        plugin,
        "--no-controls",
        "--metric",
        "mse",
        "--set",
        "toy.frames=20",
    ]
    bench("run", "-m", "leaky", "-m", "noisy", "-d", "toy", *options, code=1)
    files = [file for file in (tmp_path / "runs").rglob("*") if file.is_file()]
    assert any(file.name == "failed.json" for file in files)
    for file in files:
        content = file.read_bytes()
        assert not any(value.encode() in content for value in [*secrets.values(), "pw1234"]), file
    failed = next(file for file in files if file.name == "failed.json")
    assert "https://***@h?token=***" in json.loads(failed.read_text())["reason"]


def test_numbers_and_nothing_stay_as_they_are():
    plain = {"a": 1, "b": None, "c": [True, 2.5]}
    assert without_secrets(plain) == plain
    assert "licence" in DatasetPart.model_fields
