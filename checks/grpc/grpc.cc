#include "checks/grpc/grpc.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checks/grpc/grpc_attempt.h"
#include "checks/grpc/grpc_message.h"
#include "checks/grpc/grpc_target.h"
#include "checks/io/tls/digest.h"
#include "checks/parts/change.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::string_view kMethod = "/grpc.health.v1.Health/Check";

class GrpcCheck : public Check {
 public:
  explicit GrpcCheck(std::shared_ptr<const GrpcPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartGrpcAttempt(plan_, context, std::move(done));
  }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    return PossibleChanges(plan_->target.family, failed, context);
  }

 private:
  std::shared_ptr<const GrpcPlan> plan_;
};

bool AsksForServing(const std::vector<expect::Expression>& expressions) {
  return std::any_of(expressions.begin(), expressions.end(), [](const auto& expression) {
    return expression.subject() == expect::Subject::kServingStatus;
  });
}

Secret Plain(std::string text) { return Secret(std::move(text), false); }

/// "host:port", brackets around an IPv6 address; the port is left out where it is the usual one.
std::string Authority(const std::string& host, std::uint16_t port, bool is_tls) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  std::string authority = is_ipv6 ? "[" + host + "]" : host;
  if (port != (is_tls ? 443 : 80)) authority += ":" + std::to_string(port);
  return authority;
}

/// What may stand in ASCII metadata: blanks and visible characters.
bool IsAsciiValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Empty when all of it can be sent.
std::string AddMetadata(const GrpcOptions& options, GrpcPlan& plan) {
  for (const auto& [name, value] : options.metadata) {
    if (std::string why = WhyNoMetadataName(name); !why.empty()) return "metadata: " + why;
    plan.redactor.Add(value);
    if (name.ends_with("-bin")) {
      Secret encoded(io::EncodeBase64(value.Reveal()), value.is_secret());
      plan.redactor.Add(encoded);
      plan.headers.emplace_back(name, std::move(encoded));
      continue;
    }
    if (!IsAsciiValue(value.Reveal())) {
      return fmt::format(
          "metadata: the value of {} has bytes beside visible ASCII; only a name that ends in -bin "
          "takes them",
          Escape(name, 60));
    }
    plan.headers.emplace_back(name, value);
  }
  return {};
}

std::string SetTarget(const CheckSpec& spec, GrpcTarget& target, GrpcPlan& plan) {
  plan.target.host = target.endpoint.host;
  plan.target.port = target.endpoint.port;
  plan.target.family = spec.family;
  plan.target.deny_private = spec.deny_private;
  plan.target.is_cached = spec.is_resolve_cached;
  plan.service = std::move(target.service);
  if (!spec.address.empty()) {
    plan.target.address = io::Address::Parse(spec.address, plan.target.port);
    if (!plan.target.address) {
      return "address: not a numeric address: " + Escape(spec.address, 60);
    }
  }
  // A zone is for this machine alone (RFC 6874, 4).
  const std::string host = plan.target.host.substr(0, plan.target.host.find('%'));
  const std::string authority = Authority(host, plan.target.port, target.is_tls);
  auto url =
      io::ParseUrl(fmt::format("{}://{}{}", target.is_tls ? "https" : "http", authority, kMethod));
  if (!url) return "target: " + url.error().message;
  plan.url = std::move(*url);
  return {};
}

}  // namespace

std::string WhyNoMetadataName(const std::string& name) {
  static constexpr std::array<std::string_view, 10> kTaken = {
      "host",         "te",         "content-type",      "content-length", "user-agent",
      "grpc-timeout", "connection", "transfer-encoding", "expect",         "grpc-encoding"};
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
  });
  if (!is_name) {
    return fmt::format(
        "\"{}\" is no name: lower case letters, digits, underscore, hyphen and dot alone",
        Escape(name, 60));
  }
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end() || name.starts_with("grpc-")) {
    return fmt::format("\"{}\" follows from the call and cannot be set", name);
  }
  return {};
}

tl::expected<std::unique_ptr<Check>, std::string> MakeGrpcCheck(const CheckSpec& spec) {
  auto target = ParseGrpcTarget(spec.target.Reveal());
  if (!target) return tl::unexpected("target: " + target.error());
  auto plan = std::make_shared<GrpcPlan>();
  if (std::string why = SetTarget(spec, *target, *plan); !why.empty()) return tl::unexpected(why);
  plan->body = Plain(HealthCheckRequest(plan->service));
  plan->user_agent = spec.http.user_agent;
  plan->headers = {{"content-type", Plain("application/grpc")}, {"te", Plain("trailers")}};
  if (!spec.tls.server_name.empty()) {
    // Whoever routes by the name shall be asked for the one that is verified (RFC 9113, 8.3.1).
    plan->headers.emplace_back(
        "Host", Plain(Authority(spec.tls.server_name, plan->target.port, target->is_tls)));
  }
  if (std::string why = AddMetadata(spec.grpc, *plan); !why.empty()) return tl::unexpected(why);
  if (target->is_tls) {
    auto setup = io::TlsSetup::Load(spec.tls);
    if (!setup) return tl::unexpected(setup.error());
    plan->setup = std::move(*setup);
  }
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  plan->judges_serving = AsksForServing(spec.expect);
  return std::make_unique<GrpcCheck>(std::move(plan));
}

}  // namespace gaikei
