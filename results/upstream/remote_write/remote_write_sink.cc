#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/upstream/remote_write/answer.h"
#include "results/upstream/remote_write/delivery.h"
#include "results/upstream/remote_write/label_rules.h"
#include "results/upstream/remote_write/request_builder.h"
#include "results/upstream/remote_write/sent_series.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

using remote_write::AnswerContext;
using remote_write::Delivery;
using remote_write::LabelRules;
using remote_write::PendingSeries;
using remote_write::ReadAnswer;
using remote_write::RequestBuilder;
using remote_write::SentBook;
using remote_write::SentSeries;
using remote_write::Version;

/// A receiver that did not know 2.0 is asked again after so long.
constexpr Span kAskAgain = std::chrono::hours(6);
/// What a series of the protocol takes, before one was ever seen.
constexpr std::size_t kFirstBytesPerLine = 250;

class RemoteWriteSink final : public Sink {
 public:
  RemoteWriteSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
                  Transport& transport)
      : spec_(spec),
        user_agent_(sender.user_agent),
        transport_(transport),
        rules_(spec.mapping, sender),
        sent_(states),
        // Which form of histogram it will be may show only when it is sent.
        book_(sent_, spec.remote_write.version == RemoteWriteSpec::Version::kOne
                         ? HistogramForm::kExplicit
                         : HistogramForm::kBoth) {}

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override;
  std::vector<LaneState> Settle() override;
  void Discard() override;

 private:
  bool IsAuto() const { return spec_.remote_write.version == RemoteWriteSpec::Version::kAuto; }
  Version VersionNow() const;
  void Encode(Version version);
  void Post();
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

  // One delivery.
  std::optional<Delivery> delivery_;
  WallTime now_{};                  // when it was prepared
  std::optional<Version> version_;  // of body_; absent: it was not encoded
  std::string body_;                // compressed; empty: there is nothing to send
  std::vector<std::pair<std::int64_t, SentSeries>> sent_series_;  // what body_ adds
  bool was_taken_ = false;
  Done done_;
  std::unique_ptr<Transport::Call> call_;
};

std::size_t RemoteWriteSink::Prepare(std::span<const SpoolItem* const> items,
                                     const Limits& limits) {
  delivery_.emplace(spec_, book_);
  now_ = limits.now;
  version_.reset();
  was_taken_ = false;
  return delivery_->Take(items, limits, bytes_per_line_);
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
  const bool is_one = fell_back_at_ && now_ >= *fell_back_at_ && now_ < *fell_back_at_ + kAskAgain;
  return is_one ? Version::kOne : Version::kTwo;
}

void RemoteWriteSink::Encode(Version version) {
  version_ = version;
  sent_series_.clear();
  RequestBuilder request(version, spec_.mapping, rules_);
  for (const PendingSeries& pending : delivery_->series()) {
    const std::int64_t id = pending.series->id;
    // Counters that begin anew have nothing to do with what was sent before.
    const SentSeries* sent = pending.before != nullptr ? sent_.Find(id) : nullptr;
    SentSeries now = request.Add(pending, sent);
    if (!pending.has_departed) sent_series_.emplace_back(id, std::move(now));
  }
  body_.clear();
  if (request.series() == 0) return;
  const std::size_t lines = request.series();
  const std::string bytes = request.Finish();
  bytes_per_line_ = bytes.size() / lines + 1;
  body_ = remote_write::Compressed(bytes);
}

void RemoteWriteSink::Send(Done done) {
  done_ = std::move(done);
  const Version version = VersionNow();
  if (version_ != version) Encode(version);
  Post();
}

void RemoteWriteSink::Post() {
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
    fell_back_at_ = now_;
    Encode(Version::kOne);
    return Post();
  }
  Finish(ReadAnswer(response, {.version = *version_,
                               .items = delivery_->items(),
                               .samples = delivery_->samples(),
                               .retry_statuses = spec_.retry_statuses,
                               .now = WallNow()}));
}

void RemoteWriteSink::Finish(Verdict verdict) {
  was_taken_ = verdict.kind == Verdict::Kind::kTaken;
  call_.reset();
  // It may go on at once, with the next delivery.
  std::exchange(done_, nullptr)(std::move(verdict));
}

void RemoteWriteSink::Cancel() {
  call_.reset();
  done_ = nullptr;
}

std::vector<LaneState> RemoteWriteSink::Settle() {
  for (const PendingSeries& pending : delivery_->series()) {
    // Whatever was sent before counters that begin anew, it is not of them.
    if (pending.before == nullptr) sent_.Forget(pending.series->id);
  }
  if (was_taken_) {
    for (auto& [series, sent] : sent_series_) sent_.Set(series, std::move(sent));
  }
  delivery_->Conclude();
  delivery_.reset();
  return sent_.Wrapped(book_.Keep());
}

void RemoteWriteSink::Discard() {
  delivery_.reset();
  book_.Drop();
}

}  // namespace

std::unique_ptr<Sink> MakeRemoteWriteSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport) {
  return std::make_unique<RemoteWriteSink>(spec, sender, states, transport);
}

}  // namespace gaikei
