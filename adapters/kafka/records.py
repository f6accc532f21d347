"""Records as they come from the broker: read leniently, since one that kafka-python can't read would stall its partition for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError

Headers = Sequence[tuple[bytes, bytes | None]]
CONTROL: Final = 0x20
LOG_APPEND_TIME: Final = 0x08


class Record(NamedTuple):
    """A record, nothing decoded. `trouble` says why it is no record but the bytes of a whole batch."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    trouble: str | None = None


def read_leniently(consumer: KafkaConsumer) -> None:
    """Let a consumer give `Record`s.

    kafka-python decodes each header's name as UTF-8; one that is not makes `poll` raise, and then hang. Ours takes names as bytes, which
    is also a third of the work; a batch that can't be unpacked comes as one record.
    """
    consumer._fetcher.PartitionRecords = _Records  # type: ignore[attr-defined] # noqa: SLF001 - kafka-python has no other place for it


class _Records(Fetcher.PartitionRecords):  # type: ignore[misc,name-defined,unused-ignore]
    """The records of one fetched partition."""

    def _unpack_records(self, tp: TopicPartition, records: Any, *_: object) -> Iterator[Record]:  # noqa: ANN401
        while (batch := records.next_batch()) is not None:
            if self.check_crcs and not batch.validate_crc():
                raise CorruptRecordError(f"a batch of {tp.topic} {tp.partition} was damaged on its way")
            if batch.magic != 2:  # noqa: PLR2004 - brokers of today give nothing older
                yield from self._old(tp, batch)
                continue
            self.leader_epoch = batch.leader_epoch
            self.bytes_read += batch.size_in_bytes
            if not batch.attributes & CONTROL:
                yield from self._unpacked(tp, batch)
            self.next_fetch_offset = batch.next_offset
        self.drain()

    def _unpacked(self, tp: TopicPartition, batch: Any) -> Iterator[Record]:  # noqa: ANN401
        try:
            batch._maybe_uncompress()  # noqa: SLF001 - as above
            found = list(unpack(tp, batch))
        except Exception as error:  # noqa: BLE001 - whatever was sent: a missing codec, bytes that are no records
            whole = bytes(batch._buffer)  # noqa: SLF001
            found = [Record(tp.topic, tp.partition, batch.base_offset, batch.max_timestamp, None, whole, (), f"batch: {error}")]
        for record in found:
            self.next_fetch_offset = record.offset + 1
            yield record

    def _old(self, tp: TopicPartition, batch: Any) -> Iterator[Record]:  # noqa: ANN401
        for each in batch:
            self.next_fetch_offset = each.offset + 1
            yield Record(tp.topic, tp.partition, each.offset, each.timestamp, each.key, each.value, ())


def unpack(tp: TopicPartition, batch: Any) -> Iterator[Record]:  # noqa: ANN401
    """Read the records of an uncompressed batch (record batch version 2 of Kafka's protocol). Raises IndexError, ValueError."""
    topic, partition = tp.topic, tp.partition
    buffer = bytes(batch._buffer)  # noqa: SLF001
    place = batch._pos  # noqa: SLF001
    base_offset, first, latest = batch.base_offset, batch.first_timestamp, batch.max_timestamp
    at_append = batch.attributes & LOG_APPEND_TIME
    for _ in range(batch.records_count):
        length, place = varint(buffer, place)
        end = place + length
        since, place = varint(buffer, place + 1)
        offset, place = varint(buffer, place)
        key, place = _bytes(buffer, place)
        value, place = _bytes(buffer, place)
        count, place = varint(buffer, place)
        headers: list[tuple[bytes, bytes | None]] = []
        for _ in range(count):
            # Most lengths fit into one byte: 0 to 63, doubled.
            size = buffer[place]
            if size < 0x80:  # noqa: PLR2004
                size >>= 1
                place += 1
            else:
                size, place = varint(buffer, place)
            name = buffer[place : place + size]
            place += size
            size = buffer[place]
            if size < 0x80 and not size & 1:  # noqa: PLR2004
                size >>= 1
                place += 1
                headers.append((name, buffer[place : place + size]))
                place += size
            else:
                text, place = _bytes(buffer, place)
                headers.append((name, text))
        if place != end:
            raise ValueError(f"a record ends at {place} instead of {end}")
        yield Record(topic, partition, base_offset + offset, latest if at_append else first + since, key, value, headers)


def _bytes(buffer: bytes, place: int) -> tuple[bytes | None, int]:
    size, place = varint(buffer, place)
    if size < 0:
        return None, place
    return buffer[place : place + size], place + size


def varint(buffer: bytes, place: int) -> tuple[int, int]:
    """Read a zigzag varint; return it, and the place after it."""
    byte = buffer[place]
    place += 1
    if byte < 0x80:  # noqa: PLR2004
        return (byte >> 1) ^ -(byte & 1), place
    number = byte & 0x7F
    shift = 7
    while True:
        byte = buffer[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004
            return (number >> 1) ^ -(number & 1), place
        shift += 7
