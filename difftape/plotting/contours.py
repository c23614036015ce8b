"""A field as a picture: levels in colours that everybody can tell apart, lines between them, and arrows uphill."""

from __future__ import annotations

from typing import Any

from .captions import title
from .field import Field, within
from .figure import figure, framed

_LEVELS = 12
_COLOURS = "cividis"
_ARROW = "#111111"
_SHORTEST = 0.35  # of the longest arrow


def drawn(field: Field) -> Any:
    """The figure of a field; made within `defaults`."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    found, axes = figure()
    axes.set_facecolor("#E4E4E4")
    low, high = within(field)
    levels = MaxNLocator(_LEVELS, min_n_ticks=3).tick_values(low, high)
    known = field.values[np.isfinite(field.values)]
    extend = ("neither", "min", "max", "both")[int(known.min() < levels[0]) + 2 * int(known.max() > levels[-1])]
    shown = np.ma.masked_invalid(np.clip(field.values, -1e300, 1e300))
    filled = axes.contourf(field.x, field.y, shown, levels, cmap=_COLOURS, extend=extend)
    axes.contour(field.x, field.y, shown, levels, colors="white", linewidths=0.6, alpha=0.7, linestyles="solid")
    _arrows(axes, field)
    axes.set_xlim(field.x[0], field.x[-1])
    axes.set_ylim(field.y[0], field.y[-1])
    framed(axes, title(field.text, field.fixed), *field.variables)
    found.colorbar(filled, ax=axes, pad=0.02)
    return found


def _arrows(axes: Any, field: Field) -> None:
    """Arrows along the gradient, in the directions of the data; a long one is a steep place."""
    import numpy as np

    x, y, u, v = field.arrows
    wide, high = field.x[-1] - field.x[0], field.y[-1] - field.y[0]
    with np.errstate(all="ignore"):
        steep, size = np.hypot(u * wide, v * high), np.hypot(u, v)
        most = np.quantile(steep, 0.9) if steep.size else 0.0
        moves = (steep > 1e-12 * most) & np.isfinite(steep)
        length = np.clip(steep / most, _SHORTEST, 1.0) / size
    x, y, u, v, length = (a[moves] for a in (x, y, u, v, length))
    if len(x):
        axes.quiver(
            x,
            y,
            u * length,
            v * length,
            color=_ARROW,
            angles="xy",
            pivot="mid",
            scale=26,
            width=0.003,
            zorder=4,
            edgecolor="white",
            linewidth=0.3,
        )
