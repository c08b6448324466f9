#include "checks/journey/journey.h"

#include <utility>

#include "checks/journey/journey_attempt.h"
#include "checks/journey/journey_plan.h"

namespace gaikei {
namespace {

class JourneyCheck : public Check {
 public:
  explicit JourneyCheck(std::shared_ptr<const JourneyPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartJourneyAttempt(plan_, context, std::move(done));
  }
  Span preparation() const override { return plan_->clean_up; }

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
