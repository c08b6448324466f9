#pragma once

#include "results/database.h"
#include "results/schema.h"

namespace gaikei {

/// The tables of spool.db. What a row holds and how it is checked: spool_rows.h.
///
/// counter(name, value, crc)     "next_sequence", "next_series": what was never given out yet;
///                               "commits": transactions there ever were (spool_mark.h)
/// series(id, ...)               one SampleSeries a row
/// series_copy                   the same again, in another page: used where `series` is damaged
/// batch(first, ..., bytes)      the log: items [first, end) of all lanes, in rows of 256 KiB or so
/// fold(id, lane, first, ...)    the same, private to one lane, and before the log for it: the lane
///                               reads its rows of `fold` by `first`, then the log from `log_from`
///                               on
/// lane(name, ...)               one lane's position and account
/// lane_copy                     the same again, in another page: used where `lane` is damaged
/// state(lane, series, crc, bytes)  one LaneState a row
///
/// Times and spans are nanoseconds; unsigned numbers of 64 bits are stored as signed ones.
const Schema& SpoolSchema();

}  // namespace gaikei
