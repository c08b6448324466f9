// How ExponentialTally becomes bytes for the database, and back.

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "results/exponential_histogram.h"

namespace gaikei {
namespace {

// A tally is a sequence of histograms: 1 the duration's, 2 one of a phase. A histogram: 1 scale,
// 2 zero count, 3 sum, 4 min, 5 max in nanoseconds, 6 bucket numbers, 7 their counts, 8 name of the
// phase.
enum class Field : protozero::pbf_tag_type {
  kScale = 1,
  kZeroCount = 2,
  kSum = 3,
  kMin = 4,
  kMax = 5,
  kBuckets = 6,
  kCounts = 7,
  kPhase = 8,
};
constexpr protozero::pbf_tag_type kDuration = 1;
constexpr protozero::pbf_tag_type kPhaseSpans = 2;

protozero::pbf_tag_type Tag(Field field) { return static_cast<protozero::pbf_tag_type>(field); }

std::string EncodeHistogram(const ExponentialHistogram& histogram, std::string_view phase) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_sint32(Tag(Field::kScale), histogram.scale);
  writer.add_uint64(Tag(Field::kZeroCount), histogram.zero_count);
  writer.add_sint64(Tag(Field::kSum), histogram.sum.count());
  writer.add_sint64(Tag(Field::kMin), histogram.min.count());
  writer.add_sint64(Tag(Field::kMax), histogram.max.count());
  {
    protozero::packed_field_sint32 numbers(writer, Tag(Field::kBuckets));
    for (const auto& [bucket, count] : histogram.buckets) numbers.add_element(bucket);
  }
  {
    protozero::packed_field_uint64 counts(writer, Tag(Field::kCounts));
    for (const auto& [bucket, count] : histogram.buckets) counts.add_element(count);
  }
  if (!phase.empty()) writer.add_string(Tag(Field::kPhase), phase.data(), phase.size());
  return out;
}

struct Decoded {
  ExponentialHistogram histogram;
  std::string phase;
};

constexpr std::uint32_t Varint(Field field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}
constexpr std::uint32_t Bytes(Field field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

/// False where no histogram has these buckets.
bool SetBuckets(ExponentialHistogram& histogram, const std::vector<std::int32_t>& numbers,
                const std::vector<std::uint64_t>& counts) {
  using Histogram = ExponentialHistogram;
  if (numbers.size() != counts.size() || numbers.size() > Histogram::kMaxBuckets) return false;
  if (histogram.scale > Histogram::kFirstScale || histogram.scale < Histogram::kLastScale) {
    return false;
  }
  const auto lowest = Histogram::BucketOf(Seconds(Span(1)), histogram.scale);
  const auto highest = Histogram::BucketOf(Seconds(Span::max()), histogram.scale);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < lowest || numbers[i] > highest) return false;
    if (i > 0 && numbers[i] <= numbers[i - 1]) return false;
    histogram.buckets[numbers[i]] = counts[i];
  }
  return true;
}

std::optional<Decoded> DecodeHistogram(protozero::pbf_reader reader) {
  Decoded decoded;
  ExponentialHistogram& histogram = decoded.histogram;
  std::vector<std::int32_t> numbers;
  std::vector<std::uint64_t> counts;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Varint(Field::kScale):
        histogram.scale = reader.get_sint32();
        break;
      case Varint(Field::kZeroCount):
        histogram.zero_count = reader.get_uint64();
        break;
      case Varint(Field::kSum):
        histogram.sum = Span(reader.get_sint64());
        break;
      case Varint(Field::kMin):
        histogram.min = Span(reader.get_sint64());
        break;
      case Varint(Field::kMax):
        histogram.max = Span(reader.get_sint64());
        break;
      case Bytes(Field::kBuckets):
        for (const std::int32_t number : reader.get_packed_sint32()) numbers.push_back(number);
        break;
      case Bytes(Field::kCounts):
        for (const std::uint64_t count : reader.get_packed_uint64()) counts.push_back(count);
        break;
      case Bytes(Field::kPhase):
        decoded.phase = reader.get_string();
        break;
      default:
        reader.skip();
    }
  }
  if (!SetBuckets(histogram, numbers, counts)) return std::nullopt;
  return decoded;
}

}  // namespace

std::string ExponentialTally::Encode() const {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_message(kDuration, EncodeHistogram(duration, {}));
  for (const PhaseSpans& row : phases) {
    writer.add_message(kPhaseSpans, EncodeHistogram(row.spans, Name(row.phase)));
  }
  return out;
}

std::optional<ExponentialTally> ExponentialTally::Decode(std::string_view bytes) {
  ExponentialTally tally;
  try {
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      const auto tag = reader.tag();
      if (reader.wire_type() != protozero::pbf_wire_type::length_delimited) return std::nullopt;
      auto decoded = DecodeHistogram(reader.get_message());
      if (!decoded) return std::nullopt;
      if (tag == kDuration) {
        tally.duration = std::move(decoded->histogram);
        continue;
      }
      const auto phase = ParsePhase(decoded->phase);
      if (tag != kPhaseSpans || !phase) return std::nullopt;
      tally.SpansOf(*phase) = std::move(decoded->histogram);
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return tally;
}

}  // namespace gaikei
