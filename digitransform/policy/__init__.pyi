from .attainment import attain as attain
from .attainment import required_growth as required_growth
