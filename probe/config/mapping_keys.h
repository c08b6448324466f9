#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// What the series of a type of upstream are told apart by, as we call it, beside the labels of
/// checks.
struct SeriesNames {
  std::span<const std::string_view> fixed;   ///< nothing else is called so
  std::span<const std::string_view> others;  ///< likewise ours, but what is added may replace them
  std::span<const std::string_view> kept;    ///< without one of them several series would be one
  std::string_view region;                   ///< likewise where there are several regions
  /// Whether the upstream takes a label, an attribute or a tag of that name.
  bool (*is_name)(std::string_view name);
};

/// How series are named there: `rename`, `add_labels`, `drop`.
void ReadMapping(TableReader& reader, const UpstreamNames& names, const SeriesNames& series,
                 LabelMapping& mapping);
/// `drop` alone.
void ReadDrop(TableReader& reader, LabelMapping& mapping);

/// Longest name, in bytes.
inline constexpr std::size_t kSeriesNameLimit = 256;

/// At most that long, and can be printed.
bool IsPrintableName(std::string_view name);

}  // namespace gaikei
