#include "checks/http/token_attempt.h"

#include <optional>
#include <utility>

#include "checks/http/http_attempt.h"
#include "checks/http/oauth_tokens.h"

namespace gaikei {
namespace {

constexpr int kUnauthorized = 401;

class TokenAttempt : public Attempt {
 public:
  TokenAttempt(std::shared_ptr<const HttpPlan> plan, const AttemptContext& context,
               AttemptDone done, HttpRun* run)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        run_(run),
        started_(MonoNow()) {}

  void Begin() {
    if (auto kept = plan_->tokens->Kept()) return Ask(std::move(*kept));
    waiter_ = plan_->tokens->Fetch(context_, [this](TokenAnswer answer) {
      cost_ = MonoNow() - started_;
      if (answer.reason != Reason::kNone) return Refuse(std::move(answer));
      Ask(std::move(answer.token));
    });
  }

 private:
  void Ask(Secret token) {
    auto plan = std::make_shared<HttpPlan>(*plan_);
    plan->tokens = nullptr;
    plan->auth.Mutable().token = std::move(token);
    auto secrets = std::make_shared<Redactor>(*plan->secrets);
    secrets->Add(plan->auth->token);
    plan->secrets = std::move(secrets);
    attempt_ = StartHttpAttempt(
        plan, context_,
        [this, plan](Observation seen) {
          const int status = seen.http ? seen.http->status : 0;
          if (status == kUnauthorized) plan_->tokens->Drop(plan->auth->token);
          Finish(std::move(seen));
        },
        run_);
  }
  void Refuse(TokenAnswer answer) {
    Observation seen;
    seen.Fail(answer.reason, std::nullopt, std::move(answer.message));
    seen.blame = answer.blame;
    Finish(std::move(seen));
  }
  /// Nothing of this may be touched afterwards.
  void Finish(Observation seen) {
    if (cost_) (seen.http ? *seen.http : seen.http.emplace()).token_duration = cost_;
    const AttemptDone tell = std::move(done_);
    tell(std::move(seen));
  }

  const std::shared_ptr<const HttpPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  HttpRun* const run_;
  const MonoTime started_;
  std::optional<Span> cost_;  ///< absent: the token was there
  std::unique_ptr<OauthTokens::Waiter> waiter_;
  std::unique_ptr<Attempt> attempt_;
};

}  // namespace

std::unique_ptr<Attempt> StartTokenAttempt(std::shared_ptr<const HttpPlan> plan,
                                           const AttemptContext& context, AttemptDone done,
                                           HttpRun* run) {
  auto attempt = std::make_unique<TokenAttempt>(std::move(plan), context, std::move(done), run);
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
