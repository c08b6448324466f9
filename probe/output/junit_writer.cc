#include "probe/output/junit_writer.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <string_view>

#include "probe/output/evidence.h"
#include "probe/output/explain.h"
#include "probe/output/steps.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Text as XML 1.0 may carry it, in an element or an attribute: what is no character of XML (2.2)
/// is escaped, then markup.
std::string Xml(std::string_view text) {
  std::string out;
  bool is_first = true;
  while (is_first || !text.empty()) {
    // Line feeds are ours, everything else that is harmful is not.
    const std::size_t end = text.find('\n');
    if (!is_first) out += '\n';
    is_first = false;
    for (const char c : Escape(text.substr(0, end), std::numeric_limits<std::size_t>::max())) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        default:
          out += c;
      }
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  // U+FFFE and U+FFFF are valid UTF-8, but no characters of XML.
  for (const std::string_view bad : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (auto at = out.find(bad); at != std::string::npos; at = out.find(bad, at)) {
      out.replace(at, bad.size(), "\\xff");
    }
  }
  return out;
}

class JunitWriter final : public OutcomeWriter {
 public:
  JunitWriter(const WriterOptions& options, std::FILE* sink) : sink_(sink) {
    evidence_.style.utf8 = false;
    evidence_.width = 120;
    evidence_.verbose = options.verbose;
  }

  void Write(const Outcome& outcome) override {
    if (total_ == 0) timestamp_ = FormatRfc3339(outcome.started_at).substr(0, 19);
    ++total_;
    time_ += outcome.duration;
    cases_ += fmt::format("    <testcase classname=\"gaikei.{}\" name=\"{}\" time=\"{:.6f}\"",
                          Xml(outcome.region), Xml(outcome.check->name), Seconds(outcome.duration));
    switch (outcome.status) {
      case Status::kPass:
        cases_ += "/>\n";
        return;
      case Status::kWarn:
        cases_ += fmt::format(">\n      <system-out>warn {}: {}</system-out>\n    </testcase>\n",
                              Name(outcome.reason), Xml(outcome.message));
        return;
      case Status::kFail:
        ++failures_;
        AddProblem("failure", outcome);
        return;
      case Status::kUnknown:
        ++errors_;
        AddProblem("error", outcome);
        return;
    }
  }

  bool Finish() override {
    const std::string sums =
        fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.6f}\"", total_, failures_,
                    errors_, Seconds(time_));
    const std::string timestamp =
        timestamp_.empty() ? std::string() : fmt::format(" timestamp=\"{}\"", timestamp_);
    const std::string document = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n"
        "  <testsuite name=\"gaikei\" {0} skipped=\"0\"{1}>\n{2}  </testsuite>\n</testsuites>\n",
        sums, timestamp, cases_);
    std::fwrite(document.data(), 1, document.size(), sink_);
    return std::fflush(sink_) == 0 && std::ferror(sink_) == 0;
  }

 private:
  void AddProblem(std::string_view element, const Outcome& outcome) {
    const Explanation explanation = Explain(outcome.reason);
    std::string body = fmt::format("{} {} {}\n", explanation.meaning, ExplainBlame(outcome.blame),
                                   explanation.next);
    body += fmt::format("target: {}\n", outcome.check->target);
    for (const std::string& line : StepLines(outcome, evidence_)) body += line + "\n";
    for (const std::string& line : EvidenceLines(outcome, evidence_)) body += line + "\n";
    cases_ += fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                          element, Name(outcome.reason), Xml(outcome.message), Xml(body));
  }

  std::FILE* sink_;
  EvidenceOptions evidence_;
  std::string cases_;
  std::string timestamp_;
  std::size_t total_ = 0;
  std::size_t failures_ = 0;
  std::size_t errors_ = 0;
  Span time_{0};
};

}  // namespace

std::unique_ptr<OutcomeWriter> MakeJunitWriter(const WriterOptions& options, std::FILE* sink) {
  return std::make_unique<JunitWriter>(options, sink);
}

}  // namespace gaikei
