#include "checks/journey/journey.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "checks/journey/journey_attempt.h"
#include "checks/journey/journey_plan.h"
#include "checks/parts/change.h"

namespace gaikei {
namespace {

class JourneyCheck : public Check {
 public:
  explicit JourneyCheck(std::shared_ptr<const JourneyPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartJourneyAttempt(plan_, context, std::move(done));
  }
  Span preparation() const override { return plan_->clean_up + plan_->tokens; }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    const auto step =
        std::find_if(failed.steps.begin(), failed.steps.end(),
                     [&](const Observation& one) { return one.step == failed.failed_step; });
    const auto planned =
        std::find_if(plan_->steps.begin(), plan_->steps.end(),
                     [&](const JourneyStep& one) { return one.name == failed.failed_step; });
    if (step == failed.steps.end() || planned == plan_->steps.end()) return {};
    auto changes = PossibleChanges(planned->plan->family, *step, context);
    if (planned->plan->version != HttpVersion::kDefault) {
      std::erase(changes, Change::kHttpVersion);
    }
    return changes;
  }

 private:
  std::shared_ptr<const JourneyPlan> plan_;
};

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeJourneyCheck(const CheckSpec& spec) {
  auto plan = CompileJourney(spec);
  if (!plan) return tl::unexpected(std::move(plan.error()));
  return std::make_unique<JourneyCheck>(std::move(*plan));
}

}  // namespace gaikei
