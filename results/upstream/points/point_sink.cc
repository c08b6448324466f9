#include "results/upstream/points/point_sink.h"

#include <algorithm>
#include <utility>

namespace gaikei {

std::size_t PointSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  limits_ = limits;
  if (!gatherer_) gatherer_.emplace(options_, book_);
  return gatherer_->Take(items);
}

void PointSink::Close() {
  points_ = gatherer_->Close();
  gatherer_.reset();
}

/// How many of the points that are left go into the next request.
std::size_t PointSink::Fit() {
  const std::size_t most =
      limit_ != 0 ? std::min(limit_, limits_.items) : std::max<std::size_t>(limits_.items, 1);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (std::size_t i = next_; i < points_.size() && count < most; ++i, ++count) {
    if (points_[i].round != points_[next_].round) break;
    bytes += SizeOf(points_[i]);
    if (count > 0 && bytes > limits_.bytes) break;
  }
  return count;
}

void PointSink::Send(Done done) {
  if (gatherer_) Close();
  if (points_.size() == next_) return done({});
  if (in_request_ == 0) {
    in_request_ = Fit();
    Encode(Points(points_).subspan(next_, in_request_));
  }
  Post([this, done = std::move(done)](Verdict verdict) {
    if (verdict.kind == Verdict::Kind::kTaken) {
      const Points points = Points(points_).subspan(next_, in_request_);
      OnTaken(points);
      for (const SeriesPoint& point : points) verdict.samples += point.samples;
      next_ += in_request_;
      if (limit_ != 0) limit_ *= 2;
      if (limit_ >= limits_.items) limit_ = 0;
      in_request_ = 0;
    }
    done(std::move(verdict));
  });
}

void PointSink::Cancel() { StopPost(); }

bool PointSink::Halve() {
  if (in_request_ < 2) return false;
  limit_ = in_request_ / 2;
  in_request_ = 0;
  return true;
}

Sink::GivenUp PointSink::GiveUp() {
  if (!HasMore()) return {};
  const SeriesPoint& point = points_[next_];
  OnGivenUp(point);
  ++next_;
  in_request_ = 0;
  limit_ = 2;
  return {point.samples, point.series, point.has_items ? point.scheduled_at : *point.departed_at};
}

std::vector<LaneState> PointSink::Settle() {
  std::vector<LaneState> states = Keep(book_.Keep());
  Clear();
  return states;
}

void PointSink::Discard() {
  Forget();
  book_.Drop();
  Clear();
}

void PointSink::Clear() {
  gatherer_.reset();
  points_.clear();
  next_ = 0;
  in_request_ = 0;
}

}  // namespace gaikei
