#include "probe/output/json_writer.h"

#include "results/outcome_json.h"

namespace gaikei {
namespace {

class JsonWriter final : public OutcomeWriter {
 public:
  JsonWriter(const WriterOptions& options, std::FILE* sink) : sink_(sink) {
    json_.verbose = options.verbose;
  }

  void Write(const Outcome& outcome) override {
    std::string line = ToJson(outcome, json_);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), sink_);
    // Whoever reads the other end of a pipe gets each outcome when it is there.
    std::fflush(sink_);
  }
  bool Finish() override { return std::fflush(sink_) == 0 && std::ferror(sink_) == 0; }

 private:
  std::FILE* sink_;
  JsonOptions json_;
};

}  // namespace

std::unique_ptr<OutcomeWriter> MakeJsonWriter(const WriterOptions& options, std::FILE* sink) {
  return std::make_unique<JsonWriter>(options, sink);
}

}  // namespace gaikei
