#include "probe/output/breakdown.h"

#include <fmt/format.h>

#include <cmath>

#include "results/counted.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr Span kSynTimeout = std::chrono::seconds(1);  // RFC 6298, 2.1: the first one
constexpr Span kNone = Span::zero();

class Builder {
 public:
  explicit Builder(const Observation& seen) : seen_(seen) {
    // Of several connections the kernel's figures are those of the last one.
    if (seen.tcp && (!seen.http || seen.http->redirects.empty())) rtt_ = seen.tcp->rtt;
  }

  std::vector<BreakdownLine> Build() {
    Resolve();
    Connect();
    Tls();
    Processing();
    Transfer();
    Redirects();
    Rest();
    return std::move(lines_);
  }

 private:
  /// Begins the line of a phase that was reached; false for one that was not.
  bool Begin(Phase phase) {
    const auto& spent = seen_.phases[phase];
    if (!spent) return false;
    spent_ = *spent;
    lines_.push_back({std::string(Name(phase)), FormatDuration(spent_)});
    if (seen_.phase == phase && seen_.status != Status::kPass) Say("here it failed");
    return true;
  }

  void Say(const std::string& text) {
    std::string& line = lines_.back().text;
    line += line == FormatDuration(spent_) ? ": " : "; ";
    line += text;
  }

  /// "about 2 round trips"; empty where that cannot be told.
  std::string RoundTrips() const {
    if (rtt_ <= kNone) return "";
    const double count = Seconds(spent_) / Seconds(rtt_);
    if (count < 0.5) return "";
    const auto trips = static_cast<std::uint64_t>(std::lround(count));
    return fmt::format("about {} of {}", Counted(trips, "round trip"), FormatDuration(rtt_));
  }

  void Resolve() {
    if (!Begin(Phase::kResolve)) return;
    const auto& resolve = seen_.resolve;
    if (!resolve) return;
    if (resolve->is_cached) {
      Say("from this prober's own cache");
    } else if (!resolve->server.empty()) {
      Say(fmt::format("asked anew of {}", resolve->server));
    } else if (!resolve->addresses.empty()) {
      Say("from the hosts file");
    }
    if (resolve->addresses.size() > 1) {
      Say(fmt::format("{} addresses", resolve->addresses.size()));
    }
    for (const std::string& note : resolve->notes) Say(note);
  }

  void Connect() {
    const bool is_reused = seen_.http && seen_.http->is_reused.value_or(false);
    if (is_reused && !seen_.phases[Phase::kConnect]) {
      lines_.push_back({std::string(Name(Phase::kConnect)),
                        "nothing: the connection stood before, nothing was resolved, connected or "
                        "encrypted anew"});
      return;
    }
    if (!Begin(Phase::kConnect)) return;
    if (!seen_.address.empty()) {
      Say(fmt::format("new connection to {} ({})", seen_.address, Name(seen_.family)));
    }
    if (seen_.http && seen_.http->proxy) {
      Say(fmt::format("{} of it until the {} proxy had opened the way",
                      FormatDuration(seen_.http->proxy->duration), seen_.http->proxy->type));
    }
    if (spent_ >= kSynTimeout && seen_.tcp && seen_.tcp->retransmits > 0) {
      Say("the first packet was not answered and had to be sent again");
    } else if (const std::string trips = RoundTrips(); !trips.empty()) {
      Say(trips);
    }
    for (const std::string& note : seen_.notes) {
      if (note.find("connect") != std::string::npos) Say(note);
    }
  }

  void Tls() {
    if (!Begin(Phase::kTls) || !seen_.tls) return;
    if (!seen_.tls->version.empty()) Say("full handshake, " + seen_.tls->version);
    if (!seen_.tls->chain.empty()) {
      Say(Counted(seen_.tls->chain.size(), "certificate") + " read and verified");
    }
    if (!seen_.tls->starttls.empty()) Say("after a dialogue in plain " + seen_.tls->starttls);
    if (const std::string trips = RoundTrips(); !trips.empty()) Say(trips);
  }

  void Processing() {
    if (!Begin(Phase::kProcessing)) return;
    if (rtt_ > kNone && spent_ > rtt_) {
      Say(fmt::format("{} is the way there and back, about {} the server's own time",
                      FormatDuration(rtt_), FormatDuration(spent_ - rtt_)));
    } else if (rtt_ > kNone) {
      Say("hardly more than the way there and back");
    } else {
      Say("from the question to the first byte of an answer");
    }
  }

  void Transfer() {
    if (!Begin(Phase::kTransfer)) return;
    if (seen_.http && seen_.http->wire_size > 0) {
      const double seconds = Seconds(spent_);
      Say(Counted(seen_.http->wire_size, "byte"));
      if (seconds > 1e-3) {
        Say(fmt::format("{:.0f} kB/s", static_cast<double>(seen_.http->wire_size) / seconds / 1e3));
      }
    }
    if (seen_.tcp && seen_.tcp->retransmits > 0) {
      Say(Counted(seen_.tcp->retransmits, "segment") +
          " sent again by this side over the whole connection");
    }
  }

  void Redirects() {
    if (!seen_.http) return;
    for (const HttpHop& hop : seen_.http->redirects) {
      lines_.push_back(
          {"redirect", fmt::format("{} of all that: {} said {} to {}", FormatDuration(hop.duration),
                                   hop.url, hop.status, hop.location)});
    }
  }

  void Rest() {
    spent_ = seen_.phases.other;
    if (seen_.duration <= kNone || Seconds(spent_) < 0.05 * Seconds(seen_.duration)) return;
    lines_.push_back({"other", FormatDuration(spent_)});
    Say("between the phases: this prober's own work, or waiting between steps");
  }

  const Observation& seen_;
  Span rtt_ = kNone;
  Span spent_ = kNone;  // of the line being written
  std::vector<BreakdownLine> lines_;
};

}  // namespace

std::vector<BreakdownLine> Breakdown(const Observation& seen) { return Builder(seen).Build(); }

std::vector<BreakdownLine> Breakdown(const Outcome& outcome) {
  auto lines = Breakdown(static_cast<const Observation&>(outcome));
  if (outcome.attempts.size() > 1) {
    Span before = kNone;
    for (std::size_t i = 0; i + 1 < outcome.attempts.size(); ++i) {
      before += outcome.attempts[i].duration;
    }
    lines.push_back(
        {"retries",
         fmt::format("{} went before in {} that failed, not part of this", FormatDuration(before),
                     outcome.attempts.size() == 2
                         ? std::string("an attempt")
                         : fmt::format("{} attempts", outcome.attempts.size() - 1))});
  }
  if (outcome.prober.loop_lag > std::chrono::milliseconds(5)) {
    lines.push_back({"prober", fmt::format("this prober's own loop stood still for up to {}",
                                           FormatDuration(outcome.prober.loop_lag))});
  }
  return lines;
}

}  // namespace gaikei
