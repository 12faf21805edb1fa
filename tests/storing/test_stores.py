import pytest
from contracts.index_store import IndexStoreContract
from contracts.memory_store import MemoryStore

from pincite.storing.folder_store import FolderStore


class TestFolder(IndexStoreContract):
    @pytest.fixture
    def make_store(self, tmp_path):
        return lambda: FolderStore(tmp_path / "index")


class TestMemory(IndexStoreContract):
    @pytest.fixture
    def make_store(self):
        return MemoryStore
