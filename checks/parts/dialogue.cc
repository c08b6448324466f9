#include "checks/parts/dialogue.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "checks/parts/dialogue_template.h"
#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

using What = DialogueStep::What;

/// Bytes of a line that are kept to be shown; a character has at most four.
constexpr std::size_t kKept = 4 * Dialogue::kShownText;

tl::expected<std::shared_ptr<re2::RE2>, std::string> CompilePattern(const Secret& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto pattern = std::make_shared<re2::RE2>(
      re2::StringPiece(text.Reveal().data(), text.Reveal().size()), options);
  if (pattern->ok()) return pattern;
  if (text.is_secret()) return tl::unexpected(std::string("the pattern is no RE2 pattern"));
  return tl::unexpected("the pattern is no RE2 pattern: " + Escape(pattern->error()));
}

}  // namespace

struct DialogueProgram::Compiled {
  struct Step {
    What what = What::kExpect;
    std::shared_ptr<const re2::RE2> pattern;  ///< of an expect, else null
    DialogueTemplate text;                    ///< of a send
    std::string shown;                        ///< of an expect, escaped
  };
  std::vector<Step> steps;
  Redactor redactor;  ///< knows the secrets among the sends
};

DialogueProgram::DialogueProgram(std::unique_ptr<const Compiled> compiled)
    : compiled_(std::move(compiled)) {}
DialogueProgram::~DialogueProgram() = default;

bool DialogueProgram::has_starttls() const {
  return std::any_of(compiled_->steps.begin(), compiled_->steps.end(),
                     [](const auto& step) { return step.what == What::kStartTls; });
}

tl::expected<std::shared_ptr<const DialogueProgram>, std::string> DialogueProgram::Compile(
    const std::vector<DialogueStep>& steps, Redactor redactor) {
  auto compiled = std::make_unique<Compiled>();
  compiled->redactor = std::move(redactor);
  const re2::RE2* last = nullptr;
  bool has_starttls = false;
  for (const DialogueStep& from : steps) {
    const auto fail = [number = compiled->steps.size() + 1](const std::string& why) {
      return tl::unexpected(fmt::format("dialogue step {}: {}", number, why));
    };
    Compiled::Step step;
    step.what = from.what;
    if (from.what == What::kStartTls) {
      if (std::exchange(has_starttls, true)) return fail("starttls comes twice");
    } else if (from.what == What::kExpect) {
      auto pattern = CompilePattern(from.text);
      if (!pattern) return fail(pattern.error());
      step.shown = Escape(from.text.Shown(), 80);
      step.pattern = *pattern;
      last = step.pattern.get();
    } else {
      auto text = DialogueTemplate::Compile(from.text, last);
      if (!text) return fail(text.error());
      step.text = std::move(*text);
      compiled->redactor.Add(from.text);
    }
    compiled->steps.push_back(std::move(step));
  }
  return std::shared_ptr<const DialogueProgram>(new DialogueProgram(std::move(compiled)));
}

Dialogue::Dialogue(std::shared_ptr<const DialogueProgram> program) : program_(std::move(program)) {}
Dialogue::~Dialogue() = default;

bool Dialogue::is_expecting() const {
  const auto& steps = program_->compiled_->steps;
  return step_ < steps.size() && steps[step_].what == What::kExpect;
}

std::string Dialogue::Where() const {
  const auto& steps = program_->compiled_->steps;
  if (step_ >= steps.size()) return "end of the dialogue";
  switch (steps[step_].what) {
    case What::kExpect:
      return fmt::format("step {} (expect \"{}\")", step(), steps[step_].shown);
    case What::kSend:
      return fmt::format("step {} (send)", step());
    case What::kStartTls:
      break;
  }
  return fmt::format("step {} (starttls)", step());
}

std::string Dialogue::last_line() const { return Shown(last_line_); }

Secret Dialogue::heard() const { return Secret(Escape(last_line_, kShownText)); }

void Dialogue::Clean(Observation& seen) const { program_->compiled_->redactor.Clean(seen); }

Dialogue::Next Dialogue::Advance(std::string& input, Input state) {
  const auto& steps = program_->compiled_->steps;
  while (step_ < steps.size()) {
    switch (steps[step_].what) {
      case What::kExpect:
        if (const Next next = Expect(input, state); next != Next::kDone) return next;
        break;
      case What::kSend:
        return Send();
      case What::kStartTls:
        // RFC 3207, 6 and CVE-2011-0411: what came in plain text must not be taken for what comes
        // inside TLS.
        if (!input.empty()) return Next::kInjected;
        Begin(step_ + 1);
        return Next::kStartTls;
    }
  }
  return Next::kDone;
}

Dialogue::Next Dialogue::AdvanceByMessage(std::string_view message) {
  std::string nothing;
  if (!is_expecting()) return Advance(nothing, Input::kOpen);
  if (message.size() > kMessagesLimit - std::min(skipped_, kMessagesLimit)) return Next::kTooLarge;
  skipped_ += message.size();
  if (!Hear(message)) return Next::kWait;
  Begin(step_ + 1);
  return Advance(nothing, Input::kOpen);
}

void Dialogue::Begin(std::size_t step) {
  step_ = step;
  skipped_ = 0;
  scanned_ = 0;
}

/// kDone: a line has matched, and the next step is the present one.
Dialogue::Next Dialogue::Expect(std::string& input, Input state) {
  std::size_t taken = 0;
  bool has_matched = false;
  while (!has_matched) {
    const std::size_t end = input.find('\n', std::max(taken, scanned_));
    if (end == std::string::npos) break;
    const std::size_t size = end + 1 - taken;
    if (skipped_ + size > kInputLimit) return Next::kTooLarge;
    has_matched = Hear(WithoutLineEnd(std::string_view(input).substr(taken, size)));
    skipped_ += size;
    taken = end + 1;
  }
  input.erase(0, taken);
  scanned_ = has_matched ? 0 : input.size();
  if (!has_matched && skipped_ + input.size() > kInputLimit) return Next::kTooLarge;
  if (!has_matched && state != Input::kOpen && !input.empty()) {
    // What has no line end yet may still grow: only a match, or the end, makes a line of it.
    const std::string_view rest = WithoutLineEnd(input);
    const auto& pattern = *program_->compiled_->steps[step_].pattern;
    if (state == Input::kEnded ||
        re2::RE2::PartialMatch(re2::StringPiece(rest.data(), rest.size()), pattern)) {
      has_matched = Hear(rest);
      skipped_ += input.size();
      input.clear();
      scanned_ = 0;
    }
  }
  if (has_matched) {
    Begin(step_ + 1);
    return Next::kDone;
  }
  return state == Input::kEnded ? Next::kNoMatch : Next::kWait;
}

bool Dialogue::Hear(std::string_view line) {
  last_line_.assign(line.substr(0, kKept));
  Note("< ", line);
  const re2::RE2& pattern = *program_->compiled_->steps[step_].pattern;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) +
                                      1);
  const re2::StringPiece text(line.data(), line.size());
  if (!pattern.Match(text, 0, text.size(), re2::RE2::UNANCHORED, found.data(),
                     static_cast<int>(found.size()))) {
    return false;
  }
  groups_.clear();
  for (const re2::StringPiece& group : found) groups_.emplace_back(group.data(), group.size());
  return true;
}

Dialogue::Next Dialogue::Send() {
  auto filled = program_->compiled_->steps[step_].text.Fill(groups_, kOutputLimit);
  if (!filled) return Next::kTooLarge;
  output_ = std::move(*filled);
  Note("> ", WithoutLineEnd(output_));
  Begin(step_ + 1);
  return Next::kSend;
}

std::string Dialogue::Shown(std::string_view text) const {
  return program_->compiled_->redactor.Shown(text, kShownText);
}

void Dialogue::Note(const char* direction, std::string_view text) {
  if (transcript_.size() < kShownLines) transcript_.push_back(direction + Shown(text));
}

}  // namespace gaikei
