#include "checks/transport/transport.h"

#include <utility>

#include "checks/transport/post_call.h"
#include "checks/transport/transport_plan.h"

namespace gaikei {
namespace {

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(std::shared_ptr<TransportState> state) : state_(std::move(state)) {}

  std::unique_ptr<Call> Post(PostRequest request, Done done) override {
    return std::make_unique<PostCall>(state_, std::move(request), std::move(done));
  }

 private:
  const std::shared_ptr<TransportState> state_;  ///< calls in flight hold it, too
};

}  // namespace

tl::expected<std::unique_ptr<Transport>, std::string> MakeTransport(
    io::Engine& engine, std::shared_ptr<const Region> region, const UpstreamTransportSpec& spec) {
  auto plan = TransportPlan::Of(spec);
  if (!plan) return tl::unexpected(std::move(plan.error()));
  return std::make_unique<HttpTransport>(std::make_shared<TransportState>(
      TransportState{engine, std::move(region), std::move(*plan)}));
}

}  // namespace gaikei
