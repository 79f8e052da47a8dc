from .attainment import attain as attain
from .attainment import required_growth as required_growth
from .growth_arithmetic import OUTPUT_GROWTH as OUTPUT_GROWTH
from .growth_arithmetic import GrowthNeeded as GrowthNeeded
from .growth_arithmetic import fastest_rises as fastest_rises
from .growth_arithmetic import growth_needed as growth_needed
from .growth_arithmetic import growth_table as growth_table
from .growth_arithmetic import share_reached as share_reached
