#include "otlp_rig.h"

#include <utility>

namespace gaikei::testing {

class FakeTransport::FakeCall : public Transport::Call {
 public:
  explicit FakeCall(std::shared_ptr<Flight>& flight) : flight_(flight), mine_(flight) {}
  ~FakeCall() override {
    if (flight_ == mine_) flight_.reset();
  }
  FakeCall(const FakeCall&) = delete;
  FakeCall& operator=(const FakeCall&) = delete;

 private:
  std::shared_ptr<Flight>& flight_;
  std::shared_ptr<Flight> mine_;
};

std::unique_ptr<Transport::Call> FakeTransport::Post(PostRequest request, Done done) {
  requests_.push_back(std::move(request));
  in_flight_ = std::make_shared<Flight>(Flight{std::move(done)});
  return std::make_unique<FakeCall>(in_flight_);
}

void FakeTransport::Answer(PostResponse response) {
  const auto flight = std::exchange(in_flight_, nullptr);
  flight->done(std::move(response));
}

std::string FakeTransport::Header(const std::string& name) const {
  for (const auto& [known, value] : request().headers) {
    if (known == name) return std::string(value.Reveal());
  }
  return "";
}

std::optional<std::string> MemoryStates::Load(std::int64_t series) {
  const auto found = kept_.find(series);
  if (found == kept_.end()) return std::nullopt;
  return found->second;
}

void MemoryStates::Keep(const std::vector<LaneState>& states) {
  for (const LaneState& state : states) {
    if (state.bytes.empty()) {
      kept_.erase(state.series);
    } else {
      kept_[state.series] = state.bytes;
    }
  }
}

PostResponse HttpAnswer(int status, const std::string& type, const std::string& body) {
  PostResponse response;
  response.status = status;
  if (!type.empty()) response.headers.emplace_back("content-type", type);
  response.body = body;
  return response;
}

PostResponse GrpcAnswer(const std::string& status, const std::string& message,
                        const std::string& body) {
  PostResponse response = HttpAnswer(200, "application/grpc", body);
  response.headers.emplace_back("grpc-status", status);
  if (!message.empty()) response.headers.emplace_back("grpc-message", message);
  return response;
}

WallTime Epoch() { return WallTime(std::chrono::seconds(1795405680)); }

SenderIdentity Sender() {
  SenderIdentity sender;
  sender.region = "tokyo";
  sender.host = "prober-1";
  sender.instance = "prober-1/tokyo";
  sender.version = "1.2.3";
  sender.user_agent = "gaikei/1.2.3";
  return sender;
}

UpstreamSpec OtlpUpstream() {
  UpstreamSpec spec;
  spec.name = "otel";
  spec.type = UpstreamType::kOtlp;
  spec.is_compressed = false;
  spec.transport.url = "https://otlp.example:4318";
  return spec;
}

std::shared_ptr<const SampleSeries> Backlog::Series(const std::string& name,
                                                    const std::string& kind,
                                                    const std::string& target) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = name;
  identity->kind = kind;
  identity->target = target.empty() ? "https://" + name + ".example/" : target;
  identity->labels = {{"team", "web"}};
  auto series = std::make_shared<SampleSeries>();
  series->id = ++series_;
  series->check = std::move(identity);
  series->region = "tokyo";
  return series;
}

SpoolItem& Backlog::Append() {
  SpoolItem& item = items_.emplace_back();
  item.sequence = next_++;
  item.end = next_;
  return item;
}

Sample& Backlog::Add(const std::shared_ptr<const SampleSeries>& series, Span at, Reason reason) {
  Sample sample;
  sample.series = series;
  sample.at = Epoch() + at;
  sample.started_at = sample.at - std::chrono::milliseconds(250);
  sample.scheduled_at = sample.started_at;
  sample.reason = reason;
  sample.latest.status = StatusOf(reason);
  sample.latest.has_started = true;
  sample.latest.duration = std::chrono::milliseconds(250);
  sample.latest.phases[static_cast<std::size_t>(Phase::kConnect)] = std::chrono::milliseconds(100);
  SpoolItem& item = Append();
  return item.content.emplace<Sample>(std::move(sample));
}

void Backlog::AddOutcome(const Outcome& outcome, bool with_json) {
  auto series = std::make_shared<SampleSeries>();
  series->id = ++series_;
  series->check = outcome.check;
  series->region = outcome.region;
  Append().content = Sample::Of(outcome, std::move(series), with_json);
}

void Backlog::AddRollup(Rollup rollup) { Append().content = std::move(rollup); }

void Backlog::Depart(const std::shared_ptr<const SampleSeries>& series, Span at) {
  Append().content = Departure{series, Epoch() + at};
}

std::vector<const SpoolItem*> Backlog::items() const { return ItemsFrom(0); }

std::vector<const SpoolItem*> Backlog::ItemsFrom(std::size_t first) const {
  std::vector<const SpoolItem*> items;
  for (std::size_t i = first; i < items_.size(); ++i) items.push_back(&items_[i]);
  return items;
}

}  // namespace gaikei::testing
