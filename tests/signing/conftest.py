from tests.chain.conftest import anvil as anvil
from tests.chain.conftest import anvil_scene as anvil_scene
from tests.chain.conftest import embedded_scene as embedded_scene
from tests.chain.conftest import ganache as ganache
from tests.chain.conftest import ganache_scene as ganache_scene
from tests.chain.conftest import history as history
from tests.chain.conftest import scene as scene
