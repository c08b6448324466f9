#include "probe/output/prometheus_writer.h"

#include <string>
#include <vector>

#include "results/metrics.h"

namespace gaikei {
namespace {

class PrometheusWriter final : public OutcomeWriter {
 public:
  explicit PrometheusWriter(std::FILE* sink) : sink_(sink) {}

  void Write(const Outcome& outcome) override { outcomes_.push_back(outcome); }

  bool Finish() override {
    const std::string text = RenderOnce(outcomes_);
    std::fwrite(text.data(), 1, text.size(), sink_);
    return std::fflush(sink_) == 0 && std::ferror(sink_) == 0;
  }

 private:
  std::FILE* sink_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

std::unique_ptr<OutcomeWriter> MakePrometheusWriter(const WriterOptions&, std::FILE* sink) {
  return std::make_unique<PrometheusWriter>(sink);
}

}  // namespace gaikei
