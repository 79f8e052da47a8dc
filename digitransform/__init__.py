"Estimates, forecasts and reports of the digital economy's share of GDP and GRDP, with the evidence behind every number."
