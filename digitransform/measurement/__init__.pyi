from .digital_economy import check_identities as check_identities
from .digital_economy import identities as identities
from .digital_economy import revisions as revisions
from .regional_accounts import covariates as covariates
from .regional_accounts import gdp_levels as gdp_levels
from .regional_accounts import grdp_levels as grdp_levels
from .regional_accounts import statistical_discrepancy as statistical_discrepancy
from .regional_accounts import weights as weights
