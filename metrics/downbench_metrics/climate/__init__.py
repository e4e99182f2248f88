"""Climate: are the indices that climatologists read, and changes between periods, as in truth?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="rx1day",
        target="downbench_metrics.climate.indices:Rx1day",
        title="Error of the wettest day (Rx1day)",
        tags=("climate", "temporal"),
        plain="Whether the wettest day of each cell is as wet as in truth.",
        pitfall="It is one day of the record in each cell, so chance has a large share in it.",
    ),
    MetricInfo(
        name="sdii",
        target="downbench_metrics.climate.indices:SDII",
        title="Error of the mean rain of wet days (SDII)",
        tags=("climate", "temporal"),
        plain="Whether wet days bring as much rain as in truth, cell by cell.",
        pitfall="Read it with the number of wet days: fewer but wetter days can have the right total.",
    ),
    MetricInfo(
        name="cdd",
        target="downbench_metrics.climate.indices:CDD",
        title="Error of the longest dry spell (CDD)",
        tags=("climate", "temporal"),
        plain="Whether the longest dry spell of each cell lasts as many days as in truth.",
        pitfall="A single wrong wet day halves a spell, and a record of a few months has few of them.",
    ),
    MetricInfo(
        name="cwd",
        target="downbench_metrics.climate.indices:CWD",
        title="Error of the longest wet spell (CWD)",
        tags=("climate", "temporal"),
        plain="Whether the longest wet spell of each cell lasts as many days as in truth.",
        pitfall="A little drizzle too much makes spells far too long, though amounts are nearly right.",
    ),
    MetricInfo(
        name="r10mm",
        target="downbench_metrics.climate.indices:R10mm",
        title="Error of the number of days with 10 mm (R10mm)",
        tags=("climate", "temporal"),
        plain="Whether there are as many days with heavy rain as in truth, cell by cell.",
        pitfall="It is a count over the scored days, so compare within one dataset only.",
    ),
    MetricInfo(
        name="r20mm",
        target="downbench_metrics.climate.indices:R20mm",
        title="Error of the number of days with 20 mm (R20mm)",
        tags=("climate", "temporal"),
        plain="Whether there are as many days with very heavy rain as in truth, cell by cell.",
        pitfall="It is a count over the scored days, and in dry places it is zero for nearly any method.",
    ),
    MetricInfo(
        name="r95p",
        target="downbench_metrics.climate.indices:R95p",
        title="Error of the rain of very wet days (R95p)",
        tags=("climate", "temporal"),
        plain="Whether as much rain falls on very wet days as in truth, cell by cell.",
        pitfall=(
            "Its limit comes from the scored days themselves, so a short record has a handful of such days."
        ),
    ),
    MetricInfo(
        name="change-error",
        target="downbench_metrics.climate.change:ChangeError",
        title="Error of the change between two periods",
        tags=("climate", "distribution"),
        plain="Whether rain changes from the first half of the record to the second as it does in truth.",
        pitfall="The coarse input brings most of a change with it; within one year the halves are seasons.",
    ),
    MetricInfo(
        name="change-signal",
        target="downbench_metrics.climate.change:ChangeSignal",
        title="Change between two periods",
        tags=("climate", "distribution"),
        plain="How much the mean and heavy rain change from the first half of the record to the second.",
        pitfall="It describes and does not judge: change-error says how far it is from the truth.",
    ),
)
