#include "receiver.h"

#include <gtest/gtest.h>

#include <bit>
#include <tuple>

namespace gaikei::testing {
namespace {

double ValueOf(const DecodedPoint& point) {
  return point.histogram ? static_cast<double>(point.histogram->count) : point.value;
}

bool IsSame(const DecodedPoint& a, const DecodedPoint& b) {
  const auto parts = [](const DecodedPoint& point) {
    const DecodedHistogram histogram = point.histogram.value_or(DecodedHistogram());
    return std::tuple(std::bit_cast<std::uint64_t>(point.value), histogram.count,
                      histogram.buckets);
  };
  return parts(a) == parts(b);
}

}  // namespace

PostResponse Receiver::operator()(const PostRequest& request) {
  const PostResponse success = Success(request);
  const bool is_two = !success.headers.empty();
  if (is_two && !knows_two) return Answer(415);
  const SeriesByKey all = Decoded(request);
  for (const auto& [key, sent] : all) {
    const auto found = series_.find(key);
    if (found == series_.end()) continue;
    const DecodedPoint& last = found->second.back();
    for (const DecodedPoint& point : sent.points) {
      if (point.at < last.at) return Answer(400, "out of order sample\n");
      if (point.at == last.at && !IsSame(last, point)) {
        return Answer(400, "duplicate sample for timestamp\n");
      }
    }
  }
  for (const auto& [key, sent] : all) {
    std::vector<DecodedPoint>& points = series_[key];
    for (const DecodedPoint& point : sent.points) {
      if (points.empty() || point.at > points.back().at) points.push_back(point);
    }
  }
  return success;
}

double Receiver::Last(const std::string& key) const {
  const auto found = series_.find(key);
  if (found == series_.end() || found->second.back().IsStale()) {
    ADD_FAILURE() << key << " is not there";
    return 0;
  }
  return ValueOf(found->second.back());
}

double Receiver::Increase(const std::string& key) const {
  const auto found = series_.find(key);
  if (found == series_.end()) return 0;
  double increase = 0;
  const DecodedPoint* before = nullptr;
  for (const DecodedPoint& point : found->second) {
    if (point.IsStale()) continue;
    if (before != nullptr) {
      const double from = ValueOf(*before);
      const double to = ValueOf(point);
      increase += to >= from ? to - from : to;
    }
    before = &point;
  }
  return increase;
}

}  // namespace gaikei::testing
