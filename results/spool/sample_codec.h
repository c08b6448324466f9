#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/spool/sample.h"

namespace gaikei {

/// Items as bytes for the database (protobuf wire format; enumerators by their stable names or
/// numbers of ours that never change). Series by their id.
std::string EncodeItems(std::span<const SpoolItem> items);

/// Finds a series by its id; null where it is not known.
using SeriesLookup = std::function<std::shared_ptr<const SampleSeries>(std::int64_t id)>;

/// Absent when the bytes are none of EncodeItems()'s, or name a series that is not known. Fields of
/// later versions are passed over.
std::optional<std::vector<SpoolItem>> DecodeItems(std::string_view bytes,
                                                  const SeriesLookup& lookup);

}  // namespace gaikei
