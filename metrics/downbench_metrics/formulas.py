r"""The formulas of the metrics in LaTeX, for their pages on the leaderboard.

Letters mean the same in all of them: ``x_i`` is member ``i`` of ``m``, ``\bar x`` their mean, ``s^2`` their
unbiased variance, ``y`` the truth, and angle brackets the mean over cells (by area) and times.
"""

from __future__ import annotations


def _fair(error: str, spread: str) -> str:
    """A score of kernel form, fair in the number of members."""
    return (
        rf"\left\langle \frac{{1}}{{m}}\sum_{{i}} {error} - "
        rf"\frac{{1}}{{2m(m-1)}}\sum_{{i \ne j}} {spread} \right\rangle"
    )


FORMULAS = {
    "crps": (r"\text{CRPS} = " + _fair(r"|x_i - y|", r"|x_i - x_j|")),
    "crps-skill": (
        r"S = 1 - \frac{\text{CRPS}}{\langle |b - y| \rangle}, \quad b = \text{bicubic interpolation}"
    ),
    "brier": (
        r"\text{BS}_t = \left\langle (p - o)^2 - \frac{p(1-p)}{m-1} \right\rangle, \quad p = "
        r"\frac{1}{m}\,\#\{i : x_i > t\}, \quad o = 1 \text{ where } y > t, \text{ else } 0"
    ),
    "roc": (
        r"A_t = \int_0^1 H \, dF, \quad H_k = P(\#\{x_i > t\} \ge k \mid y > t), \quad F_k = P(\#\{x_i > t\} "
        r"\ge k \mid y \le t)"
    ),
    "energy-score": (
        r"\text{ES} = "
        + _fair(r"\|\mathbf{x}_i - \mathbf{y}\|", r"\|\mathbf{x}_i - \mathbf{x}_j\|")
        + r", \quad \|\mathbf{v}\|^2 = \text{mean of } v^2 \text{ over a patch}"
    ),
    "variogram-score": (
        r"\text{VS} = \left\langle \left( \sqrt{|y_a - y_b|} - \frac{1}{m}\sum_i \sqrt{|x_{i,a} - "
        r"x_{i,b}|} \right)^2 - \frac{s^2}{m} \right\rangle_{a,b}"
    ),
    "mse": r"\text{MSE} = \left\langle (\bar{x} - y)^2 - \frac{s^2}{m} \right\rangle",
    "reliability": (
        r"\text{REL}_t = \sum_{k=0}^{m} w_k \left( \frac{k}{m} - \bar{o}_k \right)^2, \quad w_k = "
        r"\text{share with } k \text{ members} > t, \quad \bar{o}_k = \text{frequency of } y > t \text{ "
        r"there}"
    ),
    "crps-reliability": (
        r"\text{Rel} = \sum_{i=0}^{m} g_i \left( o_i - \frac{i}{m} \right)^2, "
        r"\quad g_i = \langle x_{(i+1)} - "
        r"x_{(i)} \rangle, \quad o_i = \text{frequency of } y \text{ below}"
    ),
    "crps-resolution": (
        r"\text{Res} = \text{Unc} - \sum_{i=0}^{m} g_i \, o_i (1 - o_i), \quad \text{Rel} - \text{Res} + "
        r"\text{Unc} = \text{plain CRPS}"
    ),
    "crps-uncertainty": (
        r"\text{Unc} = \frac{1}{2} \langle |y - y'| \rangle = \int_0^\infty F_y "
        r"(1 - F_y) \, dr"
    ),
    "ranks": (
        r"\Delta = \sum_{r=0}^{m} \left| f_r - \frac{1}{m+1} \right|, \quad f_r = \text{share of rank } "
        r"r"
    ),
    "spread-skill": (
        r"R = \sqrt{\frac{\frac{m+1}{m}\langle s^2 \rangle}{\langle (\bar{x} - y)^2 \rangle}} - 1"
    ),
    "coverage": r"C = \langle \min_i x_i \le y \le \max_i x_i \rangle - \frac{m-1}{m+1}",
    "twcrps": (
        r"\text{twCRPS}_t = " + _fair(r"|\max(x_i, t) - \max(y, t)|", r"|\max(x_i, t) - \max(x_j, t)|")
    ),
    "quantiles": r"\Delta_q = \left| Q_x(q) - Q_y(q) \right|",
    "quantile-ratios": r"R_q = \frac{Q_x(q)}{Q_y(q)} - 1",
    "qq": r"D = \frac{1}{n} \sum_{q} \frac{|Q_x(q) - Q_y(q)|}{Q_y(q)}",
    "top": (
        r"\Delta = \left| \langle x \mid x \ge Q_x(0.999) \rangle - \langle y \mid y \ge Q_y(0.999) "
        r"\rangle \right|"
    ),
    "emd": r"\text{EMD} = \int_0^\infty \left| F_x(r) - F_y(r) \right| \, dr",
    "perkins": (
        r"P = \sum_{k} \min(p_k, q_k), \quad p_k, q_k = \text{shares of bin } k \text{ in ensemble and "
        r"truth}"
    ),
    "wet-fraction": r"\Delta = \langle x > w \rangle - \langle y > w \rangle, \quad w = 0.1 \text{ mm/h}",
    "intensity": r"R = \frac{\langle x \mid x \ge w \rangle}{\langle y \mid y \ge w \rangle} - 1",
    "contribution": (
        r"D = \frac{1}{2} \sum_k \left| \frac{X_k}{\sum_j X_j} - "
        r"\frac{Y_k}{\sum_j Y_j} \right|, \quad X_k, Y_k = "
        r"\text{rain in class } k"
    ),
    "psd": (
        r"D = \sqrt{\left\langle \left( 10 \log_{10} \frac{P_x(k)}{P_y(k)} \right)^2 \right\rangle_{\log "
        r"k}}"
    ),
    "sae": r"\text{SAE} = \frac{1}{5}\sum_{h \in \{1,2,4,8,16\}} \left| \rho_x(h) - \rho_y(h) \right|",
    "sae-raw": (
        r"\text{SAE}_\text{raw} = \frac{1}{5}\sum_{h \in \{1,2,4,8,16\}} \left| C_x(h) - C_y(h) \right|"
    ),
    "fss": r"\text{FSS} = 1 - \frac{\sum (P - O)^2}{\sum P^2 + \sum O^2}",
    "fss-ensemble": (
        r"\text{FSS} = 1 - \frac{\sum (\bar{P} - O)^2}{\sum \bar{P}^2 + \sum O^2}, \quad \bar{P} = "
        r"\frac{1}{m}\sum_i P_i"
    ),
    "sal": (
        r"A = 2\,\frac{\bar{x} - \bar{y}}{\bar{x} + \bar{y}}, \quad S = 2\,\frac{V_x - V_y}{V_x + V_y}, "
        r"\quad L = \frac{|c_x - c_y|}{d} + 2\,\frac{|r_x - r_y|}{d}"
    ),
    "pattern-bias": (
        r"B = \sqrt{\left\langle \left( \langle \bar{x} \rangle_t - \langle y \rangle_t \right)^2 "
        r"\right\rangle_\text{cells}}"
    ),
    "lag1": r"\Delta = \left| r_x - r_y \right|, \quad r = \text{corr}(x_t, x_{t-1})",
    "tendency": (
        r"W = \int_{-\infty}^{\infty} \left| F_{\Delta x}(r) - F_{\Delta y}(r) \right| dr, \quad \Delta "
        r"x = x_t - x_{t-1}"
    ),
    "temporal-spectrum": (
        r"D = \sqrt{\left\langle \left( 10 \log_{10} \frac{P_x(f)}{P_y(f)} \right)^2 \right\rangle_{\log "
        r"f}}"
    ),
    "spells": (
        r"W = \sum_{n=1}^{15} \left| F_x(n) - F_y(n) \right| \Delta t, \quad F = \text{distribution of "
        r"lengths}"
    ),
    "warping": (
        r"W = \frac{\langle |x_t - \mathcal{M}_y x_{t-1}| \rangle}{\langle |y_t - \mathcal{M}_y y_{t-1}| "
        r"\rangle} - 1, \quad \mathcal{M}_y = \text{the motion of the truth}"
    ),
    "seams": (
        r"S = \max_{w, \varphi} \left( \frac{D_x(w, \varphi) / \bar{D}_x}{D_y(w, \varphi) / \bar{D}_y} - "
        r"1 \right), \quad D(w, \varphi) = \langle |x_t - x_{t-1}| \mid t \equiv \varphi \bmod w \rangle"
    ),
    "rx1day": r"\Delta = \left\langle \left| \max_d x_d - \max_d y_d \right| \right\rangle",
    "sdii": (
        r"\Delta = \left\langle \left| \overline{x_d \mid x_d \ge 1\,\text{mm}} - \overline{y_d \mid y_d \ge "
        r"1\,\text{mm}} \right| \right\rangle"
    ),
    "cdd": (
        r"\Delta = \langle |n_x - n_y| \rangle, \quad n = \text{days of the longest run below } 1 \text{ mm}"
    ),
    "cwd": (
        r"\Delta = \langle |n_x - n_y| \rangle, \quad n = \text{days of the "
        r"longest run from } 1 \text{ mm on}"
    ),
    "r10mm": r"\Delta = \langle |n_x - n_y| \rangle, \quad n = \#\{d : x_d \ge 10\,\text{mm}\}",
    "r20mm": r"\Delta = \langle |n_x - n_y| \rangle, \quad n = \#\{d : x_d \ge 20\,\text{mm}\}",
    "r95p": (
        r"\Delta = \left\langle \left| \sum_{x_d > L} x_d - \sum_{y_d > L} y_d "
        r"\right| \right\rangle, \quad L = "
        r"Q_{0.95}(y_d \mid y_d \ge 1\,\text{mm})"
    ),
    "change-error": (
        r"\Delta = \left| \frac{\langle x \rangle_2}{\langle x \rangle_1} - "
        r"\frac{\langle y \rangle_2}{\langle y "
        r"\rangle_1} \right|, \quad \text{periods } 1, 2"
    ),
    "change-signal": r"C = \frac{\langle x \rangle_2}{\langle x \rangle_1} - 1, \quad \text{periods } 1, 2",
    "bias": r"B = \frac{\langle \bar{x} \rangle}{\langle y \rangle} - 1",
    "recoarsening": (
        r"R = \sqrt{\left\langle \left( \overline{x}^{\,\text{block}} - c \right)^2 \right\rangle}, "
        r"\quad c = \text{coarse rain}"
    ),
}
