"""Estimate, forecast and publish the digital economy's share of output, nationally and by region.

The usual order of work, in the names that this package offers:

>>> import digitransform as dt
>>> info = dt.collection().as_of("2026-11-22")          # what had been published by that day
>>> fits = dt.model(info, **dt.candidates(info))        # specifications -> fits
>>> share = dt.forecast(fits, first=2020, until=2030)   # fits -> draws
>>> grdp = dt.forecast_grdp(info, 2020, 2030)           # output of each province
>>> economy = dt.reconcile(share, grdp, info.geography) # one coherent country in each draw
>>> edition = dt.make_edition(dt.collection(), dt.read_settings())
>>> dt.publish.publish(edition, units="Bắc Ninh")       # pages, PDF, Word, workbook

A panel of your own needs three columns:

>>> panel = dt.read_panel("PANEL.csv")                  # unit, year, value
>>> print(dt.evaluation.as_text(dt.backtest(panel)))    # how good forecasts of it are
>>> dt.forecast_panel(panel, horizon=5).quantiles()     # the years to come

Tables have one shape: figures go in as unit, year, value; what is forecast comes out as unit,
year, probability, value (`quantiles`) or unit, year, level, lower, upper (`interval`), one row for
each, with model and origin before them where there are several. Shares are in percent.

Each name is loaded when it is first used, so the import itself takes a few milliseconds.
The names are listed in `__init__.pyi`, where editors and type checkers find them, too.
`dt.publish` is a part of the package; its function is `dt.publish.publish`.

This file is written by hand, like the `__init__` of each part; other modules come from `nbs/`.
"""

from ._offer import attach

_offered, __dir__, __all__ = attach(__name__, __file__)


def __getattr__(name: str):
    if name != "__version__":
        return _offered(name)
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:
        return "0+unknown"  # run from a checkout that was never installed
