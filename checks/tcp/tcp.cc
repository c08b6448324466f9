#include "checks/tcp/tcp.h"

#include <algorithm>
#include <utility>

#include "checks/parts/change.h"
#include "checks/parts/endpoint.h"
#include "checks/tcp/tcp_attempt.h"
#include "results/text.h"

namespace gaikei {
namespace {

class TcpCheck : public Check {
 public:
  explicit TcpCheck(std::shared_ptr<const TcpPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartTcpAttempt(plan_, context, std::move(done));
  }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    return PossibleChanges(plan_->target.family, failed, context);
  }

 private:
  std::shared_ptr<const TcpPlan> plan_;
};

bool AsksForResponse(const std::vector<expect::Expression>& expressions) {
  return std::any_of(expressions.begin(), expressions.end(), [](const auto& expression) {
    return expression.subject() == expect::Subject::kResponse;
  });
}

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeTcpCheck(const CheckSpec& spec) {
  auto endpoint = ParseEndpoint(spec.target.Reveal());
  if (!endpoint) return tl::unexpected("target: " + endpoint.error());
  if (endpoint->port == 0) {
    return tl::unexpected(std::string("target: no port; write tcp://host:port"));
  }
  auto plan = std::make_shared<TcpPlan>();
  plan->target.host = std::move(endpoint->host);
  plan->target.port = endpoint->port;
  plan->target.family = spec.family;
  plan->target.deny_private = spec.deny_private;
  plan->target.is_cached = spec.is_resolve_cached;
  if (!spec.address.empty()) {
    plan->target.address = io::Address::Parse(spec.address, plan->target.port);
    if (!plan->target.address) {
      return tl::unexpected("address: not a numeric address: " + Escape(spec.address, 60));
    }
  }
  plan->is_tls = spec.tcp.tls;
  if (!spec.tcp.dialogue.empty()) {
    auto program = DialogueProgram::Compile(spec.tcp.dialogue);
    if (!program) return tl::unexpected(std::move(program.error()));
    plan->dialogue = std::move(*program);
  }
  const bool has_starttls = plan->dialogue && plan->dialogue->has_starttls();
  if (plan->is_tls && has_starttls) {
    return tl::unexpected(std::string("dialogue: starttls where TLS is spoken already"));
  }
  if (plan->is_tls || has_starttls) {
    auto setup = io::TlsSetup::Load(spec.tls);
    if (!setup) return tl::unexpected(setup.error());
    plan->setup = std::move(*setup);
  }
  plan->wants_banner =
      !plan->dialogue && (AsksForResponse(spec.expect) || AsksForResponse(spec.warn));
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  return std::make_unique<TcpCheck>(std::move(plan));
}

}  // namespace gaikei
