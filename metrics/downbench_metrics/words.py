"""What each metric says in plain words, and what it does not notice: for people who meet it in a table."""

from __future__ import annotations

WORDS = {
    "crps": (
        "How far, on average, the ensemble's distribution lies from what happened, cell by cell; of a single "
        "field it is the mean absolute error.",
        "It is taken cell by cell, so rain of the right amount in the wrong pattern can score well, and dry "
        "cells dilute it.",
    ),
    "crps-skill": (
        "The share by which the CRPS is below the error of bicubic interpolation: 0 is as good, 1 perfect.",
        "It says nothing that the CRPS does not, and where bicubic is nearly exact it is unstable.",
    ),
    "twcrps": (
        "The CRPS of what exceeds a threshold alone: how well heavy rain is predicted, as an ensemble.",
        "Above a high threshold few cells count, so intervals are wide.",
    ),
    "brier": (
        "The squared error of the predicted probability that rain exceeds a threshold.",
        "Rare events have small values whatever the method; compare within one threshold only.",
    ),
    "reliability": (
        "Whether rain that is predicted with 70 % comes in 70 % of the cases.",
        "Always predicting the climatological frequency is perfectly reliable, and useless.",
    ),
    "ranks": (
        "Whether the truth falls equally often between any two members of the ensemble.",
        "A flat histogram can be the sum of opposite errors in different places.",
    ),
    "spread-skill": (
        "The spread of the ensemble beside the error of its mean: too sure below zero, too vague above.",
        "Errors of spread in different places cancel.",
    ),
    "coverage": (
        "How often the truth lies within the range of the members, less how often it should.",
        "Dry cells in a dry ensemble count as right, which hides errors in mostly dry data.",
    ),
    "energy-score": (
        "As the CRPS, but of small patches at once, so that patterns within a patch count too.",
        "It hardly notices wrong correlations between cells.",
    ),
    "variogram-score": (
        "Whether differences between neighbouring cells are as large as in truth.",
        "It does not see a bias that is the same everywhere.",
    ),
    "mse": (
        "The squared error of the ensemble's mean.",
        "It rewards smooth fields: a blurred mean beats any realistic field.",
    ),
    "emd": (
        "How far rain amounts would have to be moved to turn all predicted values into the true ones.",
        "It does not know where or when it rains.",
    ),
    "quantiles": (
        "The error of very high quantiles of rain: is the rain of the heaviest moments heavy enough?",
        "The highest quantiles rest on few events; they are null where there are too few.",
    ),
    "quantile-ratios": (
        "Very high quantiles of rain over the true ones, less one: -0.2 is 20 % too weak.",
        "The highest quantiles rest on few events; they are null where there are too few.",
    ),
    "top": (
        "The error of the mean over the wettest thousandth of all values.",
        "It does not know where or when it rains.",
    ),
    "perkins": (
        "How much of the distributions of predicted and true rain overlap: 1 is all.",
        "Common light rain decides it; extremes hardly count.",
    ),
    "wet-fraction": (
        "Whether it rains as often, in as many cells, as in truth: above zero there is too much drizzle.",
        "Too much in one place and too little in another cancel.",
    ),
    "intensity": (
        "Whether rain is as heavy, where it rains, as in truth.",
        "Read it with the wet fraction: too few wet cells of too heavy rain can have the right total.",
    ),
    "psd": (
        "Whether there is as much variation at every scale, from single cells to the whole domain.",
        "Fields with a right spectrum can look wrong: it knows no phase, no edges and no place.",
    ),
    "sae": (
        "Whether rain in neighbouring cells is as similar as in truth.",
        "It is normalised, so amplitudes that are wrong everywhere do not count.",
    ),
    "sae-raw": (
        "As sae, but of covariances: amplitudes count too.",
        "Its values depend on how variable the data are; compare within one dataset only.",
    ),
    "fss": (
        "Whether rain above a threshold is about where it should be, within a neighbourhood.",
        "A large neighbourhood forgives large displacements; rare events make it unstable.",
    ),
    "sal": (
        "Whether rain objects have the right shape, amount and place.",
        "What counts as an object is a convention, and small fields have few.",
    ),
    "pattern-bias": (
        "Whether the mean over time has the right pattern, cell by cell.",
        "Short records leave chance in it that no method can avoid.",
    ),
    "lag1": (
        "Whether rain at one time is as similar to rain a step later as in truth.",
        "It is taken cell by cell, so motion in a wrong direction can have the right value.",
    ),
    "tendency": (
        "Whether changes from frame to frame are as large and as frequent as in truth.",
        "It does not know whether a change is in the right place or direction.",
    ),
    "temporal-spectrum": (
        "Whether there is as much variation in time at every period.",
        "It needs sixteen frames in a row, and knows no phase.",
    ),
    "spells": (
        "Whether wet and dry spells last as long as in truth.",
        "Spells beyond sixteen frames count as sixteen.",
    ),
    "warping": (
        "Whether rain moves with the truth's own motion: above zero it flickers or stands still.",
        "Rain that is too smooth or too weak has values below zero: read it with psd.",
    ),
    "seams": (
        "Whether a method that makes several frames at once changes more between its windows than within.",
        "It is never exactly zero; compare it with the controls, which have no windows.",
    ),
    "bias": (
        "Whether the total of rain is right: 0.1 is 10 % too much.",
        "Too much in one place and too little in another cancel.",
    ),
    "recoarsening": (
        "Whether the fine rain, averaged back, is the coarse rain that the method was given.",
        "Any method that conserves mass is exact here, however bad its details are.",
    ),
}
