#include "results/upstream/remote_write/wire.h"

namespace gaikei::remote_write {
namespace {

// Of Sample.
constexpr protozero::pbf_tag_type kValue = 1;
constexpr protozero::pbf_tag_type kTimestamp = 2;
constexpr protozero::pbf_tag_type kStartTimestamp = 3;

double ValueOf(const Point& point) { return point.is_stale ? StaleValue() : point.value; }

/// What is zero is left out, as the rules of protobuf's third syntax want it; a negative zero is
/// not.
bool IsLeftOut(double value) { return std::bit_cast<std::uint64_t>(value) == 0; }

std::size_t StampSize(std::int64_t stamp) {
  return stamp == 0 ? 0
                    : 1 + static_cast<std::size_t>(
                              protozero::length_of_varint(static_cast<std::uint64_t>(stamp)));
}

}  // namespace

std::size_t SampleSize(const Point& point, bool has_start) {
  return (IsLeftOut(ValueOf(point)) ? 0 : 1 + sizeof(double)) + StampSize(point.at) +
         (has_start ? StampSize(point.start) : 0);
}

void AppendSample(std::string& out, protozero::pbf_tag_type tag, const Point& point,
                  bool has_start) {
  AppendHead(out, tag, SampleSize(point, has_start));
  protozero::pbf_writer sample(out);
  if (!IsLeftOut(ValueOf(point))) sample.add_double(kValue, ValueOf(point));
  if (point.at != 0) sample.add_int64(kTimestamp, point.at);
  if (has_start && point.start != 0) sample.add_int64(kStartTimestamp, point.start);
}

}  // namespace gaikei::remote_write
