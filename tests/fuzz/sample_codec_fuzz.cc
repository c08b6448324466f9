#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "results/exponential_histogram.h"
#include "results/spool/sample_codec.h"
#include "results/upstream/series_counters.h"

namespace {

/// What was taken for something of ours is: writing it and reading that gives the same bytes.
template <class Decode, class Encode>
void ExpectStable(std::string_view bytes, Decode decode, Encode encode) {
  const auto first = decode(bytes);
  if (!first) return;
  const std::string written = encode(*first);
  const auto second = decode(written);
  if (!second || encode(*second) != written) __builtin_trap();
}

}  // namespace

/// A row of a damaged spool: items, histograms or counters that are none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto series = std::make_shared<const gaikei::SampleSeries>(
      gaikei::SampleSeries{1, std::make_shared<gaikei::CheckIdentity>(), "local"});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const gaikei::SeriesLookup lookup = [](std::int64_t id) { return id == 0 ? nullptr : series; };

  ExpectStable(
      bytes, [&](std::string_view some) { return gaikei::DecodeItems(some, lookup); },
      [](const auto& items) {
        for (const gaikei::SpoolItem& item : items) {
          if (!std::visit([](const auto& content) { return content.series; }, item.content)) {
            __builtin_trap();
          }
        }
        return gaikei::EncodeItems(items);
      });
  ExpectStable(bytes, gaikei::ExponentialTally::Decode, [](const auto& tally) {
    if (tally.duration.Total() > 0) (void)tally.duration.Quantile(0.95);
    return tally.Encode();
  });
  ExpectStable(bytes, gaikei::SeriesCounters::Decode,
               [](const auto& counters) { return counters.Encode(); });
  return 0;
}
