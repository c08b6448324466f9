#include "rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "../samples.h"

namespace gaikei::testing {

std::optional<std::string> KeptStates::Load(std::int64_t series) {
  const auto state = states.find(series);
  if (state == states.end()) return std::nullopt;
  return state->second;
}

void KeptStates::Store(const std::vector<LaneState>& changed) {
  for (const LaneState& state : changed) {
    if (state.bytes.empty()) {
      states.erase(state.series);
    } else {
      states[state.series] = state.bytes;
    }
  }
}

PostResponse Answer(int status, std::string body,
                    std::vector<std::pair<std::string, std::string>> headers) {
  PostResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

PostResponse Success(const PostRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "X-Prometheus-Remote-Write-Version" && value.Reveal() == "2.0.0") {
      return Answer(204, {}, {{"x-prometheus-remote-write-samples-written", "1"}});
    }
  }
  return Answer(204);
}

struct FakeTransport::Flight final : Transport::Call {
  explicit Flight(FakeTransport& made_by) : transport(made_by), number(made_by.requests.size()) {}
  ~Flight() override {
    // It may go after the next one has come.
    if (number == transport.requests.size()) transport.done_ = nullptr;
  }
  FakeTransport& transport;
  const std::size_t number;
};

std::unique_ptr<Transport::Call> FakeTransport::Post(PostRequest request, Done done) {
  EXPECT_FALSE(IsBusy()) << "two in flight";
  requests.push_back(std::move(request));
  auto flight = std::make_unique<Flight>(*this);
  done_ = std::move(done);
  return flight;
}

void FakeTransport::Run() {
  ASSERT_TRUE(IsBusy());
  const Done done = std::exchange(done_, nullptr);
  done(answer(requests.back()));
}

SeriesByKey Decoded(const PostRequest& request) {
  bool is_two = false;
  for (const auto& [name, value] : request.headers) {
    if (name == "Content-Type") is_two = value.Reveal().ends_with("v2.Request");
  }
  const std::string bytes = Uncompressed(request.body);
  SeriesByKey all;
  for (DecodedSeries& series : is_two ? DecodeRequestTwo(bytes) : DecodeRequestOne(bytes)) {
    const std::string key = series.Key();
    EXPECT_TRUE(all.emplace(key, std::move(series)).second) << key << " is there twice";
  }
  return all;
}

std::shared_ptr<const SampleSeries> ItemMaker::SeriesOf(const Outcome& outcome) {
  auto& series = series_[{outcome.check->name, outcome.region}];
  if (series == nullptr) {
    series = std::make_shared<SampleSeries>(
        SampleSeries{static_cast<std::int64_t>(series_.size()), outcome.check, outcome.region});
  }
  return series;
}

SpoolItem ItemMaker::Sampled(const Outcome& outcome, WallTime at) {
  Outcome moved = outcome;
  moved.scheduled_at = at;
  if (moved.started_at != WallTime{}) {
    moved.started_at = at - outcome.duration;
    moved.scheduled_at = moved.started_at;
  }
  SpoolItem item;
  item.content = Sample::Of(moved, SeriesOf(outcome), false);
  item.sequence = next_++;
  item.end = next_;
  return item;
}

SpoolItem ItemMaker::Departed(const std::string& check, WallTime at, const std::string& region) {
  SpoolItem item;
  item.content = Departure{series_.at({check, region}), at};
  item.sequence = next_++;
  item.end = next_;
  return item;
}

SpoolItem ItemMaker::RolledUp(const std::vector<SpoolItem>& samples) {
  Rollup rollup;
  for (const SpoolItem& item : samples) {
    const auto& sample = std::get<Sample>(item.content);
    if (rollup.samples == 0) rollup.from = sample.at;
    rollup.series = sample.series;
    rollup.at = sample.at;
    ++rollup.samples;
    const Latest& seen = sample.latest;
    rollup.tally.Add(seen.status, sample.reason, seen.duration, seen.phases);
    rollup.exponential.Add(seen.status, sample.reason, seen.duration, seen.phases);
  }
  SpoolItem item;
  item.sequence = samples.front().sequence;
  item.end = samples.back().end;
  item.content = std::move(rollup);
  return item;
}

Rig::Rig() {
  spec.name = "p";
  spec.type = UpstreamType::kRemoteWrite;
  spec.transport.url = "http://prometheus.example:9090/api/v1/write";
  spec.remote_write.version = RemoteWriteSpec::Version::kOne;
  sender.instance = "host-tokyo";
  sender.user_agent = "gaikei/1.0";
  limits.now = At(std::chrono::hours(1));
  Restart();
}

void Rig::Restart() { sink = MakeRemoteWriteSink(spec, sender, states, transport); }

Verdict Rig::Deliver(const std::vector<SpoolItem>& items, bool gives_up) {
  std::vector<const SpoolItem*> pointers;
  for (const SpoolItem& item : items) pointers.push_back(&item);
  return DeliverSome(pointers, gives_up);
}

Verdict Rig::DeliverSome(const std::vector<const SpoolItem*>& items, bool gives_up) {
  covered = sink->Prepare(items, limits);
  Verdict verdict = Send();
  while (verdict.kind == Verdict::Kind::kTaken && sink->HasMore()) verdict = Send();
  if (gives_up) sink->GiveUp();
  if (verdict.kind == Verdict::Kind::kTaken || gives_up) {
    states.Store(sink->Settle());
  } else {
    sink->Discard();
  }
  return verdict;
}

Verdict Rig::Send() {
  std::optional<Verdict> verdict;
  sink->Send([&](Verdict given) { verdict = std::move(given); });
  while (!verdict && transport.IsBusy()) transport.Run();
  if (!verdict) throw std::runtime_error("no verdict");
  return *std::move(verdict);
}

WallTime At(Span after) { return SampleTime() + after; }

std::int64_t MillisAt(Span after) {
  return std::chrono::floor<std::chrono::milliseconds>(At(after).time_since_epoch()).count();
}

}  // namespace gaikei::testing
