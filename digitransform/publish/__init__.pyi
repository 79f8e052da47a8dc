from .engine import ForkEngine as ForkEngine
from .run import PublishResult as PublishResult
from .run import publish as publish
from .settings import Settings as Settings
from .settings import read_settings as read_settings
from .verify import Verification as Verification
