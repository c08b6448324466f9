#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "results/upstream/mapping.h"
#include "results/upstream/sinks.h"
#include "results/upstream/statsd_lines.h"

namespace gaikei {
namespace {

/// What a datagram holds on any way without being taken apart: 1500 bytes of Ethernet, less 40 of
/// IPv6, 8 of UDP and 20 to spare.
constexpr std::size_t kDatagramLimit = 1432;

/// Lines joined by line feeds, none split: one that is longer than a datagram travels alone.
std::vector<std::string> Pack(const std::vector<std::string>& lines) {
  std::vector<std::string> datagrams;
  for (const std::string& line : lines) {
    const bool fits =
        !datagrams.empty() && datagrams.back().size() + 1 + line.size() <= kDatagramLimit;
    if (fits) {
      datagrams.back() += '\n';
      datagrams.back() += line;
    } else {
      datagrams.push_back(line);
    }
  }
  return datagrams;
}

/// statsd over UDP. Nobody confirms anything: what the network took counts as sent. What it did not
/// take is sent again, and within one delivery nothing else is, so that a counter counts twice only
/// what was under way when this process ended: nothing lost goes before nothing doubled.
///
/// statsd knows no time: what comes late counts as of its arrival.
class StatsdSink final : public Sink {
 public:
  StatsdSink(const UpstreamSpec& spec, DatagramTransport& transport)
      : spec_(spec), lines_of_(spec_.statsd, spec_.mapping), transport_(transport) {}

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override { call_.reset(); }
  std::vector<LaneState> Settle() override;
  void Discard() override { Settle(); }

 private:
  void OnSent(DatagramTransport::Result result, const Done& done);

  const UpstreamSpec spec_;
  const StatsdLines lines_of_;
  DatagramTransport& transport_;
  std::vector<std::string> datagrams_;
  std::size_t next_ = 0;        ///< first datagram that the network has not taken
  std::uint64_t rejected_ = 0;  ///< samples of which something cannot be said
  std::unique_ptr<Transport::Call> call_;
};

std::size_t StatsdSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  std::vector<std::string> lines;
  std::size_t covered = 0;
  std::size_t bytes = 0;
  for (const SpoolItem* item : items.first(std::min(items.size(), limits.items))) {
    const std::size_t before = lines.size();
    if (!lines_of_.Add(*item, lines)) rejected_ += item->samples();
    for (std::size_t i = before; i < lines.size(); ++i) bytes += lines[i].size() + 1;
    ++covered;
    if (bytes >= limits.bytes) break;
  }
  datagrams_ = Pack(lines);
  return covered;
}

void StatsdSink::Send(Done done) {
  const auto rest = datagrams_.begin() + static_cast<std::ptrdiff_t>(next_);
  call_ = transport_.Send(std::vector<std::string>(rest, datagrams_.end()),
                          [this, done = std::move(done)](DatagramTransport::Result result) {
                            OnSent(std::move(result), done);
                          });
}

void StatsdSink::OnSent(DatagramTransport::Result result, const Done& done) {
  next_ = std::min(next_ + result.sent, datagrams_.size());
  Verdict verdict;
  verdict.rejected = rejected_;
  if (rejected_ > 0) {
    verdict.message = fmt::format("{} samples have lines of more than {} bytes, left out",
                                  rejected_, kStatsdLineLimit);
  }
  if (!result.error.empty()) {
    verdict = {.kind = Verdict::Kind::kRetry, .message = std::move(result.error)};
  }
  const Done told = done;  // lives in the call
  call_.reset();
  told(std::move(verdict));
}

std::vector<LaneState> StatsdSink::Settle() {
  call_.reset();
  datagrams_.clear();
  next_ = 0;
  rejected_ = 0;
  return {};
}

/// Of gaikei.outcomes, for one check: pass, warn, and what goes wrong with it. There are more
/// reasons than these; no target has shown them all.
constexpr std::uint64_t kOutcomes = 8;

}  // namespace

std::unique_ptr<Sink> MakeStatsdSink(const UpstreamSpec& spec, DatagramTransport& transport) {
  return std::make_unique<StatsdSink>(spec, transport);
}

std::uint64_t StatsdSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  std::uint64_t series = kOutcomes;
  if (!Drops(spec.mapping, "histograms")) series += 1;
  // Heartbeats are no connections.
  if (!Drops(spec.mapping, "phases") && check.kind != "heartbeat") {
    // Without their tag the timers of all phases are one.
    series += MappedName(spec.mapping, "phase") ? kPhaseCount : 1;
  }
  if (!Drops(spec.mapping, "latest")) series += 1;
  return series;
}

}  // namespace gaikei
