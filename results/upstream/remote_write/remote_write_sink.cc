#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "results/upstream/points/point_sink.h"
#include "results/upstream/remote_write/answer.h"
#include "results/upstream/remote_write/label_rules.h"
#include "results/upstream/remote_write/request_builder.h"
#include "results/upstream/remote_write/sent_series.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

using remote_write::AnswerContext;
using remote_write::LabelRules;
using remote_write::ReadAnswer;
using remote_write::RequestBuilder;
using remote_write::SentBook;
using remote_write::SentSeries;
using remote_write::Version;

/// A receiver that did not know 2.0 is asked again after so long.
constexpr Span kAskAgain = std::chrono::hours(6);
/// What a series of the protocol takes, before one was ever seen.
constexpr std::size_t kFirstBytesPerLine = 250;
/// Gauges of one check, about.
constexpr std::size_t kGauges = 24;

class RemoteWriteSink final : public PointSink {
 public:
  RemoteWriteSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
                  Transport& transport)
      : PointSink({.every = spec.every}, book_),
        spec_(spec),
        user_agent_(sender.user_agent),
        transport_(transport),
        rules_(spec.mapping, sender),
        sent_(states),
        // Which form of histogram it will be may show only when it is sent.
        book_(sent_, spec.remote_write.version == RemoteWriteSpec::Version::kOne
                         ? HistogramForm::kExplicit
                         : HistogramForm::kBoth) {}

 private:
  std::size_t SizeOf(const SeriesPoint& point) override;
  void Encode(Points points) override;
  void Post(Done done) override;
  void StopPost() override;
  void OnTaken(Points points) override;
  void OnGivenUp(const SeriesPoint& point) override;
  std::vector<LaneState> Keep(std::vector<LaneState> counters) override;
  void Forget() override;

  bool IsAuto() const { return spec_.remote_write.version == RemoteWriteSpec::Version::kAuto; }
  Version VersionNow() const;
  const SentSeries* SentOf(std::int64_t series) const;
  void EncodeAs(Version version);
  void PostNow();
  void OnAnswer(const PostResponse& response);
  void Finish(Verdict verdict);

  const UpstreamSpec& spec_;
  const std::string user_agent_;
  Transport& transport_;
  const LabelRules rules_;
  SentBook sent_;
  CounterBook book_;
  std::size_t bytes_per_line_ = kFirstBytesPerLine;
  /// When the receiver last said that it does not know 2.0; absent: it has not.
  std::optional<WallTime> fell_back_at_;

  // One request.
  Points points_;
  std::optional<Version> version_;  // of body_; absent: it was not encoded
  std::string body_;                // compressed; empty: there is nothing to send
  std::vector<std::pair<std::int64_t, SentSeries>> adds_;  // what the upstream has then
  Done done_;
  std::unique_ptr<Transport::Call> call_;

  /// What requests of the delivery have added; absent value: nothing is left of the series.
  std::unordered_map<std::int64_t, std::optional<SentSeries>> added_;
};

/// Series of the protocol that counters make, at most (in 1.0, where a histogram is many).
std::size_t LinesOf(const SeriesCounters& counters) {
  constexpr std::size_t kLinesOfHistogram = kBoundCount + 3;  // +Inf, _sum, _count
  return counters.tally.outcomes.size() + (counters.tally.phases.size() + 1) * kLinesOfHistogram;
}

std::size_t RemoteWriteSink::SizeOf(const SeriesPoint& point) {
  return (LinesOf(*point.after) + kGauges) * bytes_per_line_;
}

Version RemoteWriteSink::VersionNow() const {
  switch (spec_.remote_write.version) {
    case RemoteWriteSpec::Version::kOne:
      return Version::kOne;
    case RemoteWriteSpec::Version::kTwo:
      return Version::kTwo;
    case RemoteWriteSpec::Version::kAuto:
      break;
  }
  const WallTime now = prepared_at();
  const bool is_one = fell_back_at_ && now >= *fell_back_at_ && now < *fell_back_at_ + kAskAgain;
  return is_one ? Version::kOne : Version::kTwo;
}

const SentSeries* RemoteWriteSink::SentOf(std::int64_t series) const {
  const auto found = added_.find(series);
  if (found == added_.end()) return sent_.Find(series);
  return found->second ? &*found->second : nullptr;
}

void RemoteWriteSink::Encode(Points points) {
  points_ = points;
  EncodeAs(VersionNow());
}

void RemoteWriteSink::EncodeAs(Version version) {
  version_ = version;
  adds_.clear();
  RequestBuilder request(version, spec_.mapping, rules_);
  for (const SeriesPoint& point : points_) {
    const std::int64_t id = point.series->id;
    // Counters that begin anew have nothing to do with what was sent before.
    const SentSeries* sent = point.before != nullptr ? SentOf(id) : nullptr;
    adds_.emplace_back(id, request.Add(point, sent));
  }
  body_.clear();
  if (request.series() == 0) return;
  const std::size_t lines = request.series();
  const std::string bytes = request.Finish();
  bytes_per_line_ = bytes.size() / lines + 1;
  body_ = remote_write::Compressed(bytes);
}

void RemoteWriteSink::Post(Done done) {
  done_ = std::move(done);
  if (version_ != VersionNow()) EncodeAs(VersionNow());
  PostNow();
}

void RemoteWriteSink::PostNow() {
  if (body_.empty()) return Finish({});
  const bool is_two = version_ == Version::kTwo;
  PostRequest request;
  request.url = spec_.transport.url;
  const auto add = [&](std::string name, std::string value) {
    request.headers.emplace_back(std::move(name), Secret(std::move(value), false));
  };
  add("Content-Type", is_two ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                             : "application/x-protobuf");
  add("Content-Encoding", "snappy");
  add("User-Agent", user_agent_);
  add("X-Prometheus-Remote-Write-Version", is_two ? "2.0.0" : "0.1.0");
  request.body = body_;
  request.timeout = spec_.transport.timeout;
  call_ = transport_.Post(std::move(request),
                          [this](const PostResponse& response) { OnAnswer(response); });
}

void RemoteWriteSink::OnAnswer(const PostResponse& response) {
  if (IsAuto() && version_ == Version::kTwo && IsOtherVersionWanted(response, Version::kTwo)) {
    fell_back_at_ = prepared_at();
    EncodeAs(Version::kOne);
    return PostNow();
  }
  std::uint64_t samples = 0;
  for (const SeriesPoint& point : points_) samples += point.samples;
  Finish(ReadAnswer(response, {.version = *version_,
                               .points = points_.size(),
                               .samples = samples,
                               .retry_statuses = spec_.retry_statuses,
                               .now = WallNow()}));
}

void RemoteWriteSink::Finish(Verdict verdict) {
  call_.reset();
  // It may go on at once, with the next request.
  std::exchange(done_, nullptr)(std::move(verdict));
}

void RemoteWriteSink::StopPost() {
  call_.reset();
  done_ = nullptr;
}

void RemoteWriteSink::OnTaken(Points points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto& added = added_[adds_[i].first];
    added.reset();
    if (!points[i].departed_at) added = std::move(adds_[i].second);
  }
}

void RemoteWriteSink::OnGivenUp(const SeriesPoint& point) {
  // Whatever was sent before counters that begin anew, or of a series that has ended: it is not of
  // what comes.
  if (point.before == nullptr || point.departed_at) added_[point.series->id].reset();
}

std::vector<LaneState> RemoteWriteSink::Keep(std::vector<LaneState> counters) {
  for (auto& [series, added] : added_) {
    if (added) {
      sent_.Set(series, *std::move(added));
    } else {
      sent_.Forget(series);
    }
  }
  Forget();
  return sent_.Wrapped(std::move(counters));
}

void RemoteWriteSink::Forget() {
  points_ = {};
  version_.reset();
  body_.clear();
  adds_.clear();
  added_.clear();
}

}  // namespace

std::unique_ptr<Sink> MakeRemoteWriteSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport) {
  return std::make_unique<RemoteWriteSink>(spec, sender, states, transport);
}

}  // namespace gaikei
