#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <optional>
#include <utility>

#include "checks/expect/operand.h"
#include "checks/expect/program.h"
#include "checks/expect/scanner.h"
#include "results/nearest.h"
#include "results/text.h"

namespace gaikei::expect {
namespace {

constexpr std::size_t kMaxLength = 4096;
constexpr std::size_t kShownOfWord = 64;  ///< characters of a word in a message
constexpr std::int64_t kPatternMemory = std::int64_t{1} << 20U;

struct OperatorName {
  std::string_view name;
  Operator op;
};
constexpr std::array<OperatorName, 10> kOperators{{{"==", Operator::kEqual},
                                                   {"!=", Operator::kNotEqual},
                                                   {"<", Operator::kLess},
                                                   {"<=", Operator::kLessOrEqual},
                                                   {">", Operator::kGreater},
                                                   {">=", Operator::kGreaterOrEqual},
                                                   {"contains", Operator::kContains},
                                                   {"matches", Operator::kMatches},
                                                   {"in", Operator::kIn},
                                                   {"exists", Operator::kExists}}};

/// Signs of other languages, and what they are here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kForeign{
    {{"=", "=="},
     {"===", "=="},
     {"<>", "!="},
     {"!==", "!="},
     {"=>", ">="},
     {"=<", "<="},
     {"~", "matches"},
     {"=~", "matches"}}};

using Problem = std::optional<CompileError>;

std::string UnknownOperator(std::string_view word) {
  std::string message = fmt::format("unknown operator \"{}\"", Escape(word, kShownOfWord));
  for (const auto& [foreign, ours] : kForeign) {
    if (foreign == word) return message + fmt::format("; did you mean \"{}\"?", ours);
  }
  std::array<std::string_view, kOperators.size() + 1> names;
  std::string list;
  for (std::size_t i = 0; i < kOperators.size(); ++i) {
    names[i] = kOperators[i].name;
    list += (list.empty() ? "" : " ") + std::string(names[i]);
  }
  names.back() = "not";
  if (const auto nearest = Nearest(word, names)) {
    return message + fmt::format("; did you mean \"{}\"?", *nearest);
  }
  return message + fmt::format("; known: {}, each also with \"not\" before it", list);
}

/// Reads one expression from left to right into a program.
class Parser {
 public:
  Parser(std::string_view text, SubjectFinder finder) : scanner_(text), finder_(std::move(finder)) {
    program_.text = text;
  }

  tl::expected<Program, CompileError> Parse() {
    Problem problem = ParseSubject();
    if (!problem) problem = ParseOperator();
    if (!problem) problem = ParseOperands();
    if (!problem) problem = ParseEnd();
    if (problem) return tl::unexpected(std::move(*problem));
    return std::move(program_);
  }

 private:
  const SubjectRow& Row() const { return *program_.subject.row; }

  Problem ParseSubject() {
    const std::size_t column = scanner_.column();
    const std::string_view word = scanner_.TakeSubject();
    if (word.empty()) return CompileError{column, "an expectation is SUBJECT OPERATOR VALUE"};
    if (word == "not") {
      return CompileError{column, "\"not\" stands before the operator: body not contains 'x'"};
    }
    std::string_view name = word;
    std::size_t name_column = column;
    if (Problem problem = TakeQuantifier(name, name_column)) return problem;
    auto subject = finder_(name);
    if (!subject) {
      return CompileError{name_column + subject.error().column, subject.error().message};
    }
    program_.subject = std::move(*subject);
    program_.reason = ExpectationReason(Row().name.substr(0, Row().name.find('.')))
                          .value_or(Reason::kProberInternal);
    return program_.quantifier == Quantifier::kNone ? std::nullopt : CheckQuantifier(column);
  }

  /// `any(json.items[*].id)` and `all(...)`: leaves the subject inside.
  Problem TakeQuantifier(std::string_view& word, std::size_t& column) {
    const bool is_any = word.starts_with("any(");
    if (!is_any && !word.starts_with("all(")) return std::nullopt;
    if (!word.ends_with(')')) return CompileError{column, "a \")\" is missing after the subject"};
    program_.quantifier = is_any ? Quantifier::kAny : Quantifier::kAll;
    word = word.substr(4, word.size() - 5);
    column += 4;
    return std::nullopt;
  }

  Problem CheckQuantifier(std::size_t column) const {
    if (IsSeveral(program_.subject)) return std::nullopt;
    if (Row().type == Type::kJson) {
      return CompileError{column,
                          "\"any\" and \"all\" go with a path that has [*]: json.items[*].id"};
    }
    return CompileError{
        column, fmt::format("{} is one value: nothing for \"any\" and \"all\"", Row().name)};
  }

  Problem ParseOperator() {
    // A flag may stand alone, and then has to be set.
    if (Row().type == Type::kFlag && scanner_.IsAtEnd()) {
      program_.op = Operator::kEqual;
      program_.operands.emplace_back(true);
      return std::nullopt;
    }
    std::size_t column = scanner_.column();
    std::string_view word = scanner_.TakeOperator();
    if (word == "any" || word == "all") {
      if (program_.quantifier != Quantifier::kNone) {
        return CompileError{column, fmt::format("a second \"{}\"", word)};
      }
      program_.quantifier = word == "any" ? Quantifier::kAny : Quantifier::kAll;
      if (Problem problem = CheckQuantifier(column)) return problem;
      column = scanner_.column();
      word = scanner_.TakeOperator();
    }
    if (word == "not") {
      program_.is_negated = true;
      column = scanner_.column();
      word = scanner_.TakeOperator();
    }
    if (word.empty()) return CompileError{column, "an operator is missing"};
    for (const OperatorName& known : kOperators) {
      if (known.name != word) continue;
      program_.op = known.op;
      if (IsFit(Row().type, known.op)) return std::nullopt;
      return CompileError{
          column, fmt::format("\"{}\" makes no sense for {}, which is a {}", word, Row().name,
                              Row().type == Type::kFlag ? "flag"
                              : IsOrdering(known.op)    ? "text"
                                                        : "number")};
    }
    return CompileError{column, UnknownOperator(word)};
  }

  Problem ParseOperands() {
    if (program_.op == Operator::kExists || !program_.operands.empty()) return std::nullopt;
    if (program_.op == Operator::kIn && scanner_.Take('[')) return ParseList();
    const bool is_in = program_.op == Operator::kIn;
    if (Problem problem = ParseOperand(false)) return problem;
    if (is_in && !std::holds_alternative<Range>(program_.operands.front())) {
      return CompileError{operand_column_, "\"in\" takes a range or a list: 200..299, [a, b]"};
    }
    if (program_.op == Operator::kMatches) return CompilePattern();
    return std::nullopt;
  }

  Problem ParseList() {
    if (scanner_.Take(']')) {
      return CompileError{scanner_.column() - 1, "the list is empty, so that nothing is in it"};
    }
    do {
      if (Problem problem = ParseOperand(true)) return problem;
    } while (scanner_.Take(','));
    if (scanner_.Take(']')) return std::nullopt;
    return CompileError{scanner_.column(), "\",\" or \"]\" is missing in the list"};
  }

  Problem ParseOperand(bool is_in_list) {
    operand_column_ = scanner_.column();
    auto value = scanner_.TakeValue(is_in_list, program_.op == Operator::kMatches);
    if (!value) return std::move(value.error());
    auto operand = program_.op == Operator::kIn && IsRange(*value)
                       ? MakeRange(*value, Row())
                       : MakeOperand(*value, Row(), program_.op);
    if (!operand) return std::move(operand.error());
    program_.operands.push_back(std::move(*operand));
    return std::nullopt;
  }

  Problem CompilePattern() {
    re2::RE2::Options options;
    options.set_max_mem(kPatternMemory);
    options.set_log_errors(false);
    auto pattern =
        std::make_shared<re2::RE2>(std::get<std::string>(program_.operands.front()), options);
    if (!pattern->ok()) {
      return CompileError{operand_column_,
                          "the pattern is no RE2 pattern: " + Escape(pattern->error())};
    }
    program_.pattern = std::move(pattern);
    return std::nullopt;
  }

  Problem ParseEnd() {
    if (scanner_.IsAtEnd()) return std::nullopt;
    if (program_.op == Operator::kExists) {
      return CompileError{scanner_.column(), "nothing follows \"exists\""};
    }
    return CompileError{scanner_.column(),
                        "nothing follows the value; a value with blanks needs quotes"};
  }

  Scanner scanner_;
  SubjectFinder finder_;
  Program program_;
  std::size_t operand_column_ = 0;
};

}  // namespace

tl::expected<Program, CompileError> Parse(std::string_view text, std::string_view kind) {
  return Parse(text, [kind](std::string_view word) { return FindSubject(word, kind); });
}

tl::expected<Program, CompileError> Parse(std::string_view text, SubjectFinder finder) {
  if (text.size() > kMaxLength) {
    return tl::unexpected(CompileError{
        kMaxLength, fmt::format("the expectation is longer than {} bytes", kMaxLength)});
  }
  return Parser(text, std::move(finder)).Parse();
}

}  // namespace gaikei::expect
