"""Record batches that we write and read ourselves: the same as kafka-python's, both ways."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from adapters.kafka.outgoing_message import Outgoing
from adapters.kafka.record_batch import encoded
from adapters.kafka.record_batch import varint as written_varint
from adapters.kafka.records import unpack, varint

PLACE = TopicPartition("t", 3)
NOW = 1_700_000_000_000
texts = st.text(max_size=80)
blobs = st.binary(max_size=300)
messages = st.lists(
    st.builds(
        Outgoing,
        st.just("t"),
        st.just(3),
        st.none() | blobs,
        blobs,
        st.lists(st.tuples(texts, blobs), max_size=12),
    ),
    min_size=1,
    max_size=20,
)


@given(messages)
def test_what_we_write_kafka_python_reads(sent: list[Outgoing]) -> None:
    batch: Any = DefaultRecordBatch(bytes(encoded(sent, NOW)))
    assert batch.validate_crc()
    read = [(record.offset, record.timestamp, record.key, record.value, record.headers) for record in batch]
    assert read == [(offset, NOW, each.key, each.value, each.headers) for offset, each in enumerate(sent)]


@given(messages)
def test_what_kafka_python_writes_we_read(sent: list[Outgoing]) -> None:
    builder: Any = DefaultRecordBatchBuilder(
        2, 0, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=10**7
    )
    for offset, each in enumerate(sent):
        builder.append(offset, NOW + offset, each.key, each.value, each.headers)
    read = list(unpack(PLACE, DefaultRecordBatch(bytes(builder.build()))))
    assert [(each.offset, each.timestamp_ms, each.key, each.value) for each in read] == [
        (offset, NOW + offset, each.key, each.value) for offset, each in enumerate(sent)
    ]
    assert [list(each.headers) for each in read] == [[(name.encode(), value) for name, value in each.headers] for each in sent]


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_varint_is_read_as_it_was_written(number: int) -> None:
    assert varint(written_varint(number) + b"more", 0) == (number, len(written_varint(number)))


def test_a_large_message_is_written_whole() -> None:
    sent = [Outgoing("t", 3, b"k" * 5_000, b"v" * 300_000, [("n" * 3_000, b"h" * 70_000)])]
    (record,) = unpack(PLACE, DefaultRecordBatch(bytes(encoded(sent, NOW))))
    assert (record.key, record.value, list(record.headers)) == (sent[0].key, sent[0].value, [(b"n" * 3_000, b"h" * 70_000)])
