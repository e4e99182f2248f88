"""Every check of handed-in predictions: its name, how grave it is, what it means and what to do."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Check(NamedTuple):
    """What predictions are looked at for.

    Args:
        severity: an error stops a submission unless it is accepted by name, a warning stands in the record, a
            note says what was read in which way.
        meaning: what is the matter, in one sentence.
        remedy: what to do about it.
    """

    severity: Severity
    meaning: str
    remedy: str


class Finding(NamedTuple):
    """A check that found something, and what."""

    check: str
    message: str

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return CHECKS[self.check].severity


_TEMPLATE = "`bench template` writes a valid file"
CHECKS: dict[str, Check] = {
    # the file
    "readable": Check("error", "This is no NetCDF file or zarr store that can be read.", _TEMPLATE),
    "files-unlike": Check(
        "error",
        "The files of the folder are not those of one ensemble.",
        "give files of one grid, one variable and one unit, with as many members at each time",
    ),
    "variable": Check(
        "error", "It is not clear which variable is the rain.", "name it with --variable, or keep only one"
    ),
    "dims": Check(
        "error",
        "A dim is none of member, time, tile, y and x, or y or x is missing.",
        "rename it, or give its coordinate CF attributes",
    ),
    "dims-order": Check("note", "The dims stand in another order; they are read by their names.", ""),
    "sequences": Check(
        "error",
        "The split has sequences of equal times, and the file does not say which is which.",
        "give each sequence a variable or group of its name, as `bench template` does",
    ),
    "fingerprint": Check(
        "error",
        "The file was made for other data: its attribute downbench_fingerprint is not the dataset's.",
        "predict from the coarse fields of this dataset, in a new template",
    ),
    "split": Check("error", "The file says that it holds another split than test.", "predict the test split"),
    # units
    "units-missing": Check(
        "warning",
        "There is no attribute units; the values are taken as mm/h.",
        "set units to 'mm h-1', or say them with --units",
    ),
    "units-unknown": Check(
        "error", "The attribute units is not one of precipitation.", "use 'mm h-1' or 'kg m-2 s-1'"
    ),
    "units-set": Check("note", "The units are those of --units, in place of any that the file names.", ""),
    "units-converted": Check("note", "The values are converted to mm/h, by their units.", ""),
    "units-amount": Check(
        "warning",
        "The units are those of an amount; it is taken as that of one time step.",
        "divide it by the length of the step, and set units to 'mm h-1'",
    ),
    # time
    "times-missing": Check(
        "warning",
        "There are no times; the frames are taken to be those of the dataset, in order.",
        "add the coordinate time, which shows missing and shifted frames",
    ),
    "times-unreadable": Check(
        "error", "The times cannot be read.", "give time units such as 'hours since 2020-01-01'"
    ),
    "times-rounded": Check(
        "warning",
        "Times miss those of the dataset by less than a tenth of a step; the nearest frames are taken.",
        "write times as float64 or integers: days in float32 are off by minutes",
    ),
    "calendar": Check(
        "warning", "The calendar of the times is not the dataset's.", "write the dataset's calendar"
    ),
    "times-shifted": Check(
        "error",
        "All times lie by one constant span beside those that are asked for.",
        "give each frame the time that it has in the dataset, or predict the frames that are asked for",
    ),
    "frames-missing": Check(
        "error",
        "Frames of the test split are not in the file.",
        "predict all of them; --limit N asks for the first N only",
    ),
    "frames-doubled": Check(
        "error", "A time stands in the file more than once.", "keep one frame of each time"
    ),
    "frames-order": Check("note", "Frames are not in order of time; they are read by their times.", ""),
    "frames-extra": Check("note", "There are frames that are not asked for; they are left out.", ""),
    # grid
    "grid-size": Check(
        "error",
        "The number of rows or columns is not the dataset's.",
        "predict on the fine grid; a larger domain needs latitude and longitude",
    ),
    "axes-swapped": Check(
        "error",
        "Rows and columns are swapped: sizes, or the field itself, fit only when they are turned over.",
        "transpose the values, or name the dims",
    ),
    "flipped-y": Check(
        "error",
        "The rows run the other way: upside down, the predictions fit the coarse rain much better.",
        "reverse y, or add latitudes, by which it is read rightly",
    ),
    "flipped-x": Check(
        "error",
        "The columns run the other way: mirrored, the predictions fit the coarse rain much better.",
        "reverse x, or add longitudes, by which it is read rightly",
    ),
    "coordinates-missing": Check(
        "warning",
        "There are no latitudes and longitudes, so the orientation is taken as the dataset's.",
        "add lat and lon, as the template has them",
    ),
    "coordinates-differ": Check(
        "error",
        "Latitudes or longitudes are not those of the fine grid.",
        "predict on the fine grid of the dataset",
    ),
    "longitudes": Check(
        "note", "Longitudes count from 0 to 360 on one side and from -180 to 180 on the other.", ""
    ),
    "reversed": Check("note", "Rows or columns run the other way, by their coordinates; read rightly.", ""),
    "larger-domain": Check("note", "The domain is larger; it is cut by its coordinates.", ""),
    "stations": Check(
        "error",
        "A station lies in no cell of the predictions, or these have no latitudes and longitudes.",
        "add lat and lon, and leave stations outside of the domain out of the table",
    ),
    "tiles": Check(
        "error", "The number of tiles is not the dataset's.", "give the dim tile as the template has it"
    ),
    "tile-order": Check(
        "error",
        "Tiles stand in another order: each fits the coarse rain of another tile.",
        "put them in the order of the template, or label them",
    ),
    "tiles-by-label": Check("note", "Tiles stand in another order; they are read by their labels.", ""),
    # members
    "members": Check(
        "error", "There are fewer members than asked for.", "leave out --members, or predict more"
    ),
    "one-member": Check(
        "note", "There is one member: the predictions are deterministic, and scored as such.", ""
    ),
    "members-equal": Check(
        "error", "All members are the same.", "sample with different noise, or hand in one member"
    ),
    "members-twice": Check("warning", "Some members are copies of others.", "sample each with its own noise"),
    # values
    "empty": Check(
        "error", "Every value is missing, as in a template that was not filled.", "write the predictions"
    ),
    "missing": Check(
        "error",
        "Values are missing where the coarse rain is valid.",
        "predict every cell that has coarse rain; the others may be NaN",
    ),
    "infinite": Check("error", "Values are infinite.", "look for a division by zero or an overflow"),
    "fill-code": Check(
        "error",
        "A value is one that files mark missing data with, such as -999 or 9999.",
        "write NaN, or declare it as _FillValue",
    ),
    "impossible": Check(
        "error", "There is more rain than can fall.", "check the units, and undo every scaling"
    ),
    "negative": Check("warning", "Some rain is negative; it is clipped to zero.", "clip it yourself"),
    "log-values": Check(
        "error",
        "Much of the rain is negative, as of logarithms or normalised values.",
        "undo the transformation",
    ),
    "all-zero": Check("error", "It never rains.", "check that the predictions were written"),
    "units-by-amount": Check(
        "error",
        "There is as much more or less rain than in the coarse input as another unit would give.",
        "convert to mm/h, or set the attribute units to what the values are in",
    ),
    "amount-per-step": Check(
        "warning",
        "The rain differs from the coarse input by the length of a step: these may be amounts.",
        "divide by the length of the step in hours",
    ),
    "running-totals": Check(
        "error",
        "Rain only adds up from frame to frame, where the coarse rain falls, too: these are running totals.",
        "difference them: each frame less the one before, divided by the length of the step in hours",
    ),
    "mean-off": Check(
        "warning",
        "There is less than half or more than twice the rain of the coarse input.",
        "check the scaling, unless coarse and fine rain differ so",
    ),
    "shifted": Check(
        "error",
        "The predictions fit the coarse rain of the frame before or after much better than their own.",
        "check at which end of a step the times stand",
    ),
    "unrelated": Check(
        "warning",
        "The predictions have next to nothing to do with the coarse rain.",
        "check order of frames, orientation and units",
    ),
    "truth": Check(
        "error", "The predictions are the truth itself.", "hand in predictions from the coarse fields"
    ),
    "coarse-field": Check(
        "warning",
        "All fine cells of a coarse cell are equal: this is a coarse field, not a fine one.",
        "hand in the fine field, unless it is meant so",
    ),
    "flat": Check("warning", "Wet frames have one value everywhere.", "check what was written"),
    "frames-repeated": Check(
        "warning", "A wet frame is the same as the frame before.", "check the loop that writes the frames"
    ),
    "clipped": Check(
        "warning",
        "The highest value comes up again and again: the rain was clipped.",
        "undo the clipping, which costs the scores of extremes",
    ),
    "half-precision": Check(
        "note", "All values are of half precision, which is off by up to a thousandth.", "write float32"
    ),
    # what comes along
    "licence": Check("note", "No licence is declared.", "say with --licence how others may use this"),
}


def checks_table() -> str:
    """All checks as a table in Markdown, for the docs."""
    lines = ["| check | severity | what it means | what to do |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {c.severity} | {c.meaning} | {c.remedy} |" for name, c in CHECKS.items()]
    return "\n".join(lines)
