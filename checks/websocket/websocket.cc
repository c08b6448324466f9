#include "checks/websocket/websocket.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checks/io/http/response_head.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/digest.h"
#include "checks/parts/change.h"
#include "checks/websocket/frame.h"
#include "checks/websocket/upgrade.h"
#include "checks/websocket/websocket_attempt.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

class WebSocketCheck : public Check {
 public:
  explicit WebSocketCheck(std::shared_ptr<const WebSocketPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartWebSocketAttempt(plan_, context, std::move(done));
  }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    return PossibleChanges(plan_->target.family, failed, context);
  }

 private:
  std::shared_ptr<const WebSocketPlan> plan_;
};

bool Asks(const std::vector<expect::Expression>& expressions, expect::Subject subject) {
  return std::any_of(expressions.begin(), expressions.end(),
                     [subject](const auto& expression) { return expression.subject() == subject; });
}

/// Empty when all of the request can be sent.
std::string WhyUnsendable(const CheckSpec& spec) {
  if (BreaksALine(spec.http.user_agent)) return "user_agent: line break or NUL";
  for (const auto& [name, value] : spec.http.headers) {
    if (!IsToken(name)) return "headers: not a header name: " + Escape(name, 40);
    if (IsHandshakeHeader(name)) {
      return fmt::format("headers: {} follows from the handshake and cannot be set", name);
    }
    if (BreaksALine(value.Reveal())) {
      return "headers: line break or NUL in the value of " + Escape(name, 40);
    }
  }
  for (const std::string& name : spec.websocket.subprotocols) {
    if (!IsToken(name)) return "subprotocols: not a name: " + Escape(name, 40);
  }
  return {};
}

/// ws and wss are http and https until the answer has come (RFC 6455, 3).
tl::expected<io::Url, std::string> ParseTarget(std::string_view target) {
  const std::size_t end = std::min(target.find("://"), target.size());
  const std::string scheme = LowerCase(target.substr(0, end));
  if (scheme != "ws" && scheme != "wss") {
    return tl::unexpected(std::string("target: scheme is neither ws nor wss"));
  }
  auto url = io::ParseUrl((scheme == "wss" ? "https" : "http") + std::string(target.substr(end)));
  if (!url) return tl::unexpected("target: " + url.error().message);
  if (url->host.empty()) return tl::unexpected(std::string("target: no host"));
  return std::move(*url);
}

std::string SetTarget(const CheckSpec& spec, const io::Url& url, WebSocketPlan& plan) {
  plan.target.host = url.host;
  plan.target.port = url.port;
  plan.target.family = spec.family;
  plan.target.deny_private = spec.deny_private;
  plan.target.is_cached = spec.is_resolve_cached;
  if (spec.address.empty()) return {};
  plan.target.address = io::Address::Parse(spec.address, plan.target.port);
  return plan.target.address ? "" : "address: not a numeric address: " + Escape(spec.address, 60);
}

/// What the redactor has to know: whatever goes out of what was configured as a secret.
void Redact(const CheckSpec& spec, const io::Url& url, Redactor& redactor) {
  for (const auto& [name, value] : spec.http.headers) redactor.Add(value);
  for (const DialogueStep& step : spec.websocket.dialogue) redactor.Add(step.text);
  redactor.Add(url.password);
  for (const Secret& value : io::SecretsInQuery(url)) redactor.AddLong(value);
  if (url.user.empty() && url.password.empty()) return;
  redactor.Add(
      Secret(io::EncodeBase64(fmt::format("{}:{}", url.user.Reveal(), url.password.Reveal()))));
}

std::string SetDialogue(const CheckSpec& spec, WebSocketPlan& plan) {
  if (spec.websocket.dialogue.empty()) return {};
  for (std::size_t i = 0; i < spec.websocket.dialogue.size(); ++i) {
    const DialogueStep& step = spec.websocket.dialogue[i];
    if (step.what == DialogueStep::What::kSend && !IsUtf8(step.text.Reveal())) {
      return fmt::format("dialogue step {}: not UTF-8, which a text message has to be", i + 1);
    }
  }
  auto program = DialogueProgram::Compile(spec.websocket.dialogue, plan.redactor);
  if (!program) return std::move(program.error());
  plan.dialogue = std::move(*program);
  return plan.dialogue->has_starttls() ? "dialogue: starttls is no step over messages" : "";
}

}  // namespace

bool IsHandshakeHeader(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kOwn = {"upgrade",
                                                            "connection",
                                                            "sec-websocket-key",
                                                            "sec-websocket-version",
                                                            "sec-websocket-protocol",
                                                            "sec-websocket-extensions",
                                                            "sec-websocket-accept",
                                                            "content-length",
                                                            "transfer-encoding",
                                                            "expect"};
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [name](std::string_view own) { return io::EqualsIgnoringCase(name, own); });
}

tl::expected<std::unique_ptr<Check>, std::string> MakeWebSocketCheck(const CheckSpec& spec) {
  if (std::string why = WhyUnsendable(spec); !why.empty()) return tl::unexpected(std::move(why));
  auto url = ParseTarget(spec.target.Reveal());
  if (!url) return tl::unexpected(std::move(url.error()));
  auto plan = std::make_shared<WebSocketPlan>();
  if (std::string why = SetTarget(spec, *url, *plan); !why.empty()) return tl::unexpected(why);
  Redact(spec, *url, plan->redactor);
  if (std::string why = SetDialogue(spec, *plan); !why.empty()) return tl::unexpected(why);
  plan->request = UpgradeRequest(*url, spec.http, spec.websocket.subprotocols);
  plan->subprotocols = spec.websocket.subprotocols;
  if (url->scheme == "https") {
    auto setup = io::TlsSetup::Load(spec.tls);
    if (!setup) return tl::unexpected(setup.error());
    plan->setup = std::move(*setup);
  }
  using expect::Subject;
  plan->pings = spec.websocket.pings;
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  plan->judges_status = Asks(spec.expect, Subject::kStatus);
  plan->wants_message = !plan->dialogue && (Asks(spec.expect, Subject::kResponse) ||
                                            Asks(spec.warn, Subject::kResponse));
  return std::make_unique<WebSocketCheck>(std::move(plan));
}

}  // namespace gaikei
