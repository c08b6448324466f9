#include "checks/tls/tls.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "checks/io/tls/tls_lints.h"
#include "checks/parts/change.h"
#include "checks/parts/endpoint.h"
#include "checks/tls/starttls.h"
#include "checks/tls/tls_attempt.h"
#include "results/nearest.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::uint16_t kDefaultPort = 443;

class TlsCheck : public Check {
 public:
  explicit TlsCheck(std::shared_ptr<const TlsPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return BeginTlsAttempt(plan_, context, std::move(done));
  }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    return PossibleChanges(plan_->target.family, failed, context);
  }

 private:
  std::shared_ptr<const TlsPlan> plan_;
};

/// Empty when every name is that of a lint.
std::string WhyNoLint(const std::vector<std::string>& names) {
  const auto known = io::AllTlsLints();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string message = fmt::format("ignore_lints: no lint is called {}", Escape(name, 60));
    if (const auto nearest = Nearest(name, known)) {
      message += fmt::format("; did you mean {}?", *nearest);
    }
    return message;
  }
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeTlsCheck(const CheckSpec& spec) {
  const auto endpoint = ParseEndpoint(spec.target.Reveal());
  if (!endpoint) return tl::unexpected("target: " + endpoint.error());
  if (std::string why = WhyNoLint(spec.tls.ignore_lints); !why.empty()) {
    return tl::unexpected(std::move(why));
  }
  auto setup = io::TlsSetup::Load(spec.tls);
  if (!setup) return tl::unexpected(setup.error());

  auto plan = std::make_shared<TlsPlan>();
  plan->starttls = FindStartTls(spec.tls.starttls);
  const std::uint16_t usual = plan->starttls == nullptr ? kDefaultPort : plan->starttls->port;
  plan->target.host = endpoint->host;
  plan->target.port = endpoint->port == 0 ? usual : endpoint->port;
  plan->target.family = spec.family;
  plan->target.deny_private = spec.deny_private;
  plan->target.is_cached = spec.is_resolve_cached;
  if (!spec.address.empty()) {
    plan->target.address = io::Address::Parse(spec.address, plan->target.port);
    if (!plan->target.address) {
      return tl::unexpected("address: not a numeric address: " + Escape(spec.address, 60));
    }
  }
  plan->setup = std::move(*setup);
  plan->name = spec.tls.server_name.empty() ? endpoint->host : spec.tls.server_name;
  plan->ignored_lints = spec.tls.ignore_lints;
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  return std::make_unique<TlsCheck>(std::move(plan));
}

}  // namespace gaikei
