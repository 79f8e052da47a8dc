"""Twenty lines of a user: mypy must accept them with nothing but the package to go by."""

import digitransform as dt

collection: dt.Collection = dt.collection()
info: dt.InformationSet = collection.as_of("2026-11-22")
print(info.select("digital_share", "official").tail(3))

fits = dt.model(info, **dt.candidates(info))
share: dt.Forecast = dt.forecast(fits, first=2020, until=2030, draws=200, seed=1)
grdp = dt.forecast_grdp(info, 2020, 2030, draws=200, seed=1)
economy: dt.CoherentForecasts = dt.reconcile(share, grdp, info.geography)

code: str = info.geography.resolve("Bắc Ninh")
ours = economy.share.filter(unit=code, year=[2025, 2030])
print(ours.median().round(1), ours.interval([80]).round(1))
print(ours.probability(45).iloc[-1] > 0.5)

try:
    edition: dt.Edition = dt.make_edition(collection, dt.read_settings(draws=200))
    result = dt.publish.publish(edition, units="Bắc Ninh", formats=("html",))
    print(result.index.name, result.exit_code)
except dt.DataError as error:
    print(error)
