#include "tests/results/points/fake_point_sink.h"

namespace gaikei::testing {

std::size_t FakePointSink::SizeOf(const SeriesPoint&) { return 100; }

void FakePointSink::Encode(Points points) {
  request_.clear();
  for (const SeriesPoint& point : points) {
    request_.push_back({point.series->check->name, point.after->last_at, point.after->tally.Total(),
                        point.samples});
  }
}

void FakePointSink::Post(Done done) {
  sent.push_back(request_);
  const Verdict verdict = (answer ? answer(request_) : std::nullopt).value_or(Verdict{});
  if (verdict.kind == Verdict::Kind::kTaken) {
    taken.insert(taken.end(), request_.begin(), request_.end());
  }
  done(verdict);
}

}  // namespace gaikei::testing
