#include "results/spool/spool_rows.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "results/spool/sample_codec.h"
#include "results/spool/spool_fields.h"
#include "results/time.h"

namespace gaikei {
namespace {

WallTime TimeOf(std::uint64_t nanos) { return WallTime(Span(static_cast<std::int64_t>(nanos))); }

// What an entry of `counts` counts, in the low bits of its series.
constexpr std::uint64_t kSamples = 0;
constexpr std::uint64_t kRolled = 1;
constexpr std::uint64_t kDepartures = 2;
constexpr unsigned kKindBits = 2;
constexpr std::uint64_t kKindMask = 3;

void PutCount(FieldWriter& out, std::int64_t& last, const SeriesCount& count, std::uint64_t kind,
              std::uint64_t number) {
  if (number == 0) return;
  out.Put(static_cast<std::uint64_t>(count.series - last) << kKindBits | kind);
  out.Put(number);
  last = count.series;
}

}  // namespace

std::uint32_t Crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t RowHead::HeadCrc(std::string_view lane) const {
  FieldWriter all;
  all.PutText(lane);
  for (const std::uint64_t number :
       {first, end, static_cast<std::uint64_t>(level), samples,
        static_cast<std::uint64_t>(EpochNanos(oldest_at)),
        static_cast<std::uint64_t>(EpochNanos(newest_at)), size, std::uint64_t{crc}}) {
    all.Put(number);
  }
  return Crc32(all.bytes());
}

std::optional<RowHead> ReadRowHead(const Statement& row, int column, std::string_view lane) {
  const auto next = [&] { return static_cast<std::uint64_t>(row.Integer(column++)); };
  RowHead head;
  head.first = next();
  head.end = next();
  const std::uint64_t level = next();
  head.samples = next();
  head.oldest_at = TimeOf(next());
  head.newest_at = TimeOf(next());
  head.size = next();
  head.crc = static_cast<std::uint32_t>(next());
  if (level > static_cast<std::uint64_t>(FoldLevel::kTotal) || head.end <= head.first) {
    return std::nullopt;
  }
  head.level = static_cast<FoldLevel>(level);
  if (next() != head.HeadCrc(lane)) return std::nullopt;
  return head;
}

std::vector<SeriesCount> CountSeries(std::span<const SpoolItem> items) {
  std::vector<SeriesCount> counts;
  counts.reserve(items.size());
  for (const SpoolItem& item : items) {
    SeriesCount& count = counts.emplace_back();
    count.series = item.series().id;
    if (std::holds_alternative<Departure>(item.content)) {
      count.departures = 1;
    } else {
      (std::holds_alternative<Sample>(item.content) ? count.samples : count.rolled) =
          item.samples();
    }
  }
  std::ranges::sort(counts, {}, &SeriesCount::series);
  std::size_t kept = 0;
  for (const SeriesCount& count : counts) {
    if (kept > 0 && counts[kept - 1].series == count.series) {
      counts[kept - 1].samples += count.samples;
      counts[kept - 1].rolled += count.rolled;
      counts[kept - 1].departures += count.departures;
    } else {
      counts[kept++] = count;
    }
  }
  counts.resize(kept);
  return counts;
}

std::string EncodeCounts(std::span<const SeriesCount> counts) {
  FieldWriter out;
  std::int64_t last = 0;
  for (const SeriesCount& count : counts) {
    PutCount(out, last, count, kSamples, count.samples);
    PutCount(out, last, count, kRolled, count.rolled);
    PutCount(out, last, count, kDepartures, count.departures);
  }
  out.PutCrc();
  return out.bytes();
}

std::optional<std::vector<SeriesCount>> DecodeCounts(std::string_view bytes) {
  FieldReader in(bytes);
  if (!in.TakeCrc()) return std::nullopt;
  std::vector<SeriesCount> counts;
  std::int64_t last = 0;
  while (!in.is_at_end()) {
    const std::uint64_t key = in.Take();
    const std::uint64_t number = in.Take();
    const auto step = static_cast<std::int64_t>(key >> kKindBits);
    if (step > std::numeric_limits<std::int64_t>::max() - last) return std::nullopt;
    last += step;
    if (counts.empty() || counts.back().series != last) counts.emplace_back().series = last;
    switch (key & kKindMask) {
      case kSamples:
        counts.back().samples = number;
        break;
      case kRolled:
        counts.back().rolled = number;
        break;
      case kDepartures:
        counts.back().departures = number;
        break;
      default:
        return std::nullopt;
    }
  }
  if (!in.is_good()) return std::nullopt;
  return counts;
}

ItemRow MakeItemRow(std::span<const SpoolItem> items, FoldLevel level) {
  ItemRow row;
  row.counts = EncodeCounts(CountSeries(items));
  row.bytes = EncodeItems(items);
  RowHead& head = row.head;
  head.first = items.front().sequence;
  head.end = items.back().end;
  head.level = level;
  head.oldest_at = items.front().at();
  head.newest_at = items.front().at();
  for (const SpoolItem& item : items) {
    head.samples += item.samples();
    head.oldest_at = std::min(head.oldest_at, item.at());
    head.newest_at = std::max(head.newest_at, item.at());
  }
  head.size = row.counts.size() + row.bytes.size();
  head.crc = Crc32(row.bytes);
  return row;
}

std::string EncodeLabels(const CheckIdentity& check) {
  FieldWriter out;
  for (const auto& [name, value] : check.labels) {
    out.PutText(name);
    out.PutText(value);
  }
  return out.bytes();
}

std::uint32_t SeriesCrc(const SampleSeries& series, Sequence departed) {
  FieldWriter all;
  all.Put(static_cast<std::uint64_t>(series.id));
  all.PutText(series.check->name);
  all.PutText(series.region);
  all.PutText(series.check->kind);
  all.PutText(series.check->target);
  all.PutText(EncodeLabels(*series.check));
  all.Put(departed);
  return Crc32(all.bytes());
}

std::optional<SeriesRow> ReadSeries(const Statement& row) {
  auto check = std::make_shared<CheckIdentity>();
  auto series = std::make_shared<SampleSeries>();
  series->id = row.Integer(0);
  check->name = row.Text(1);
  series->region = row.Text(2);
  check->kind = row.Text(3);
  check->target = row.Text(4);
  FieldReader labels(row.Blob(5));
  while (!labels.is_at_end()) {
    std::string name(labels.TakeText());
    check->labels.emplace_back(std::move(name), std::string(labels.TakeText()));
  }
  if (!labels.is_good()) return std::nullopt;
  series->check = std::move(check);
  const auto departed = static_cast<Sequence>(row.Integer(6));
  if (series->id < 1 || row.Integer(7) != SeriesCrc(*series, departed)) return std::nullopt;
  return SeriesRow{std::move(series), departed};
}

std::uint32_t CounterCrc(std::string_view name, std::uint64_t value) {
  FieldWriter all;
  all.PutText(name);
  all.Put(value);
  return Crc32(all.bytes());
}

std::uint32_t StateCrc(std::string_view lane, std::int64_t series, std::string_view bytes) {
  FieldWriter all;
  all.PutText(lane);
  all.Put(static_cast<std::uint64_t>(series));
  all.PutText(bytes);
  return Crc32(all.bytes());
}

}  // namespace gaikei
