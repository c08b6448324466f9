#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../results/remote_write/decoded.h"
#include "results/upstream/sinks.h"

namespace {

using gaikei::Verdict;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

class OneState final : public gaikei::LaneStates {
 public:
  explicit OneState(std::string bytes) : bytes_(std::move(bytes)) {}
  std::optional<std::string> Load(std::int64_t /*series*/) override { return bytes_; }

 private:
  std::string bytes_;
};

/// Keeps what is posted, and takes it.
class Taker final : public gaikei::Transport {
 public:
  std::unique_ptr<Call> Post(gaikei::PostRequest request, Done done) override {
    body = std::move(request.body);
    done_ = std::move(done);
    return std::make_unique<Call>();
  }
  void Answer() {
    gaikei::PostResponse response;
    response.status = 204;
    response.headers = {{"x-prometheus-remote-write-samples-written", "1"}};
    std::exchange(done_, nullptr)(response);
  }

  std::string body;

 private:
  Done done_;
};

gaikei::SpoolItem Sampled() {
  auto check = std::make_shared<gaikei::CheckIdentity>();
  check->name = "home";
  check->kind = "http";
  check->target = "https://shop.example/";
  gaikei::Sample sample;
  sample.series = std::make_shared<gaikei::SampleSeries>(gaikei::SampleSeries{1, check, "tokyo"});
  sample.started_at = gaikei::WallTime(std::chrono::seconds(1795405680));
  sample.at = sample.started_at + std::chrono::milliseconds(80);
  sample.latest.status = gaikei::Status::kPass;
  sample.latest.has_started = true;
  sample.latest.duration = std::chrono::milliseconds(80);
  gaikei::SpoolItem item;
  item.content = std::move(sample);
  return item;
}

}  // namespace

/// What was kept of a series, damaged in any way: what is sent of it follows the protocol's rules.
/// One byte says the version, the rest is the state.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const bool is_two = (data[0] & 1) != 0;
  gaikei::UpstreamSpec spec;
  spec.transport.url = "http://prometheus.example/api/v1/write";
  spec.remote_write.version =
      is_two ? gaikei::RemoteWriteSpec::Version::kTwo : gaikei::RemoteWriteSpec::Version::kOne;
  gaikei::SenderIdentity sender;
  sender.instance = "host";
  OneState state(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  Taker transport;
  const auto sink = gaikei::MakeRemoteWriteSink(spec, sender, state, transport);
  const gaikei::SpoolItem sample = Sampled();
  gaikei::SpoolItem departure;
  departure.content =
      gaikei::Departure{std::get<gaikei::Sample>(sample.content).series, sample.at()};
  const std::vector<const gaikei::SpoolItem*> items = {&sample, &departure};
  Require(sink->Prepare(items, {}) == 2);
  bool is_taken = false;
  sink->Send([&](const Verdict& verdict) { is_taken = verdict.kind == Verdict::Kind::kTaken; });
  transport.Answer();
  Require(is_taken);
  const std::string bytes = gaikei::testing::Uncompressed(transport.body);
  // Throws where a rule is broken.
  const auto series =
      is_two ? gaikei::testing::DecodeRequestTwo(bytes) : gaikei::testing::DecodeRequestOne(bytes);
  Require(!series.empty());
  Require(sink->Settle().size() == 1);
  return 0;
}
