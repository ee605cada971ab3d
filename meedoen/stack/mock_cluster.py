"""librdkafka's mock cluster, called through ctypes in the library that the confluent-kafka wheel carries.

Upstream calls the mock experimental and does not guarantee it, so every function is looked up before use and a missing
one is one clear sentence. The cluster lives in memory, in the process that owns this object, on 127.0.0.1.
"""

import ctypes
import ctypes.util
import importlib.util
from pathlib import Path

from meedoen.stack.errors import LocalError

BROKERS = 1
REPLICATION = 1
# The mock lets a group's first member wait 3 s for others; this is enough for consumers that start together.
GROUP_INITIAL_REBALANCE_DELAY_MS = 100
ERROR_BYTES_MAX = 512
PRODUCER = 0

# name: (result, arguments); without the types ctypes cuts pointers to 32 bits.
_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "rd_kafka_conf_new": (ctypes.c_void_p, []),
    "rd_kafka_new": (ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]),
    "rd_kafka_mock_cluster_new": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "rd_kafka_mock_cluster_bootstraps": (ctypes.c_char_p, [ctypes.c_void_p]),
    "rd_kafka_mock_topic_create": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [ctypes.c_void_p, ctypes.c_int32]),
    "rd_kafka_err2str": (ctypes.c_char_p, [ctypes.c_int]),
}


class MockCluster:
    """A mock cluster of one broker with exactly these topics; ends with its process."""

    def __init__(self, topics: dict[str, int]) -> None:
        self._library = load_library()
        reason = ctypes.create_string_buffer(ERROR_BYTES_MAX)
        owner = self._library.rd_kafka_new(PRODUCER, self._library.rd_kafka_conf_new(), reason, ERROR_BYTES_MAX)
        if not owner:
            raise LocalError(f"The embedded broker does not start: {reason.value.decode()}; try --broker kafka.")
        self._cluster = self._library.rd_kafka_mock_cluster_new(owner, BROKERS)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, GROUP_INITIAL_REBALANCE_DELAY_MS)
        for topic, partitions in topics.items():
            self._create_topic(topic, partitions)

    @property
    def bootstrap_servers(self) -> str:
        address: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return address.decode()

    def _create_topic(self, topic: str, partitions: int) -> None:
        code = self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, REPLICATION)
        if code:
            why = self._library.rd_kafka_err2str(code).decode()
            raise LocalError(f"The embedded broker refuses topic {topic} with {partitions} partitions: {why}.")


def load_library() -> ctypes.CDLL:
    """Return the wheel's librdkafka with the mock's functions typed; LocalError if it is missing or too old."""
    path = _library_file()
    if path is None:
        raise LocalError(
            "The embedded broker needs the librdkafka that the wheel of confluent-kafka carries, which is not here: "
            "run pip install --only-binary :all: confluent-kafka, or use --broker kafka."
        )
    library = ctypes.CDLL(path)
    missing = [name for name in _FUNCTIONS if not hasattr(library, name)]
    if missing:
        raise LocalError(
            f"The librdkafka in {path} lacks {missing[0]}, which the embedded broker needs: "
            "install the confluent-kafka that requirements/ names, or use --broker kafka."
        )
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _library_file() -> str | None:
    # find_spec does not import the package: the broker's process stays small.
    spec = importlib.util.find_spec("confluent_kafka")
    for package in [Path(location) for location in (spec.submodule_search_locations or ())] if spec else []:
        for folder in (package.with_name("confluent_kafka.libs"), package / ".dylibs"):
            for file in sorted(folder.glob("librdkafka*")):
                return str(file)
    return ctypes.util.find_library("rdkafka")
