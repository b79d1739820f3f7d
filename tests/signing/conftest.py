from tests.chain.conftest import history as history
