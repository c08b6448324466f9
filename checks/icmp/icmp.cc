#include "checks/icmp/icmp.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "checks/icmp/icmp_attempt.h"
#include "checks/io/net/icmp_socket.h"
#include "checks/parts/endpoint.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr unsigned kCountMaximum = 100;
constexpr unsigned kSizeMaximum = 65'507;  // 65,535 without the headers of IPv4 and of the echo
constexpr unsigned kTtlMaximum = 255;

class IcmpCheck : public Check {
 public:
  explicit IcmpCheck(std::shared_ptr<const IcmpPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartIcmpAttempt(plan_, context, std::move(done));
  }

 private:
  std::shared_ptr<const IcmpPlan> plan_;
};

/// Empty when the options can be kept.
std::string WhyImpossible(const IcmpOptions& icmp, Span timeout) {
  if (icmp.count < 1 || icmp.count > kCountMaximum) {
    return fmt::format("count: must be 1 to {}", kCountMaximum);
  }
  if (icmp.size > kSizeMaximum) return fmt::format("size: must be at most {}", kSizeMaximum);
  if (icmp.ttl > kTtlMaximum) return fmt::format("ttl: must be at most {}", kTtlMaximum);
  if (icmp.interval < Span::zero()) return "interval: must not be negative";
  const Span sending = icmp.interval * (icmp.count - 1);
  if (sending >= timeout) {
    return fmt::format("count: sending {} requests {} apart takes {}, and the timeout is {}",
                       icmp.count, FormatDuration(icmp.interval), FormatDuration(sending),
                       FormatDuration(timeout));
  }
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeIcmpCheck(const CheckSpec& spec) {
  if (std::string why = WhyImpossible(spec.icmp, spec.timeout); !why.empty()) {
    return tl::unexpected(std::move(why));
  }
  auto endpoint = ParseEndpoint(spec.target.Reveal());
  if (!endpoint) return tl::unexpected("target: " + endpoint.error());
  if (endpoint->port != 0) return tl::unexpected(std::string("target: ICMP has no ports"));
  auto plan = std::make_shared<IcmpPlan>();
  plan->host = std::move(endpoint->host);
  plan->options = spec.icmp;
  plan->family = spec.family;
  plan->deny_private = spec.deny_private;
  plan->is_cached = spec.is_resolve_cached;
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  plan->judges_loss = std::any_of(
      spec.expect.begin(), spec.expect.end(),
      [](const auto& expression) { return expression.subject() == expect::Subject::kPacketLoss; });
  if (!spec.address.empty()) {
    plan->address = io::Address::Parse(spec.address, 0);
    if (!plan->address) {
      return tl::unexpected("address: not a numeric address: " + Escape(spec.address, 60));
    }
  }
  if (auto why = io::IcmpSocket::WhyForbidden()) return tl::unexpected(std::move(*why));
  return std::make_unique<IcmpCheck>(std::move(plan));
}

}  // namespace gaikei
