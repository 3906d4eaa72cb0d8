#include "sim/report/page_one.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/report/figures.h"
#include "sim/report/page_sections.h"
#include "sim/report/sweep_table.h"
#include "sim/report/text_chart.h"

namespace plimsoll {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kGap = 2;
constexpr int kChartRows = 9;

class Page {
public:
    explicit Page(const TextStyle& style) : style_(style) {}

    void block(std::string_view title, const Lines& lines) {
        if (lines.empty()) return;
        if (!text_.empty()) text_ += '\n';
        if (!title.empty()) text_ += heading(title, style_.width, style_) + "\n";
        plain(lines);
    }
    void plain(const Lines& lines) {
        for (const std::string& line : lines) text_ += line + "\n";
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    const TextStyle& style_;
    std::string text_;
};

Lines answer_block(const PageInput& input, const TextStyle& style) {
    Lines lines;
    const auto width = static_cast<std::size_t>(style.width);
    const Ink ink = input.result.mean.saturated ? Ink::bad : Ink::strong;
    for (const std::string& line : wrapped(answer_sentence(input), width))
        lines.push_back(style.paint(ink, line));
    const Lines sums = money_arithmetic(input);
    std::string joined;
    for (const std::string& sum : sums) joined += (joined.empty() ? "" : "; ") + sum;
    if (text_width(joined) <= width) {
        if (!joined.empty()) lines.push_back(style.paint(Ink::faint, joined));
    } else {
        for (const std::string& sum : sums) lines.push_back(style.paint(Ink::faint, sum));
    }
    return lines;
}

std::size_t width_of(const Lines& lines) {
    std::size_t width = 0;
    for (const std::string& line : lines) width = std::max(width, text_width(line));
    return width;
}

/// Two blocks under their own headings, side by side where the page is wide enough.
void pair(Page& page,
          const TextStyle& style,
          std::string_view left_title,
          Lines left,
          std::string_view right_title,
          Lines right) {
    const auto whole = static_cast<std::size_t>(style.width);
    const std::size_t half = std::max(width_of(left), (whole - kGap) / 2 - 3);
    if (left.empty() || right.empty() || half + kGap + width_of(right) > whole) {
        page.block(left_title, left);
        page.block(right_title, right);
        return;
    }
    if (!left_title.empty()) {
        left.insert(left.begin(), heading(left_title, static_cast<int>(half), style));
        right.insert(right.begin(),
                     heading(right_title, static_cast<int>(whole - kGap - half), style));
    }
    page.block("", beside(left, right, half, kGap));
}

void charts(Page& page, const PageInput& input, const TextStyle& style) {
    if (input.estimate.curve.empty() && input.curve == nullptr) return;
    const bool wide = style.width >= 90;
    const int width = wide ? (style.width - static_cast<int>(kGap)) / 2 : style.width;
    const TextChartSize size{.width = width, .rows = kChartRows};
    const Lines left =
        input.result.mean.cost ? text_chart(cost_chart(input), size, style) : Lines{};
    pair(page, style, "", left, "", text_chart(ttft_chart(input), size, style));
}

}  // namespace

std::string page_one(const PageInput& input, const TextStyle& style) {
    Page page(style);
    page.block("", answer_block(input, style));
    page.block("SLO", slo_block(input, style));
    pair(page, style, "Money", money_block(input, style), "Capacity", capacity_block(input, style));
    page.block("Where the time goes", step_block(input, style));
    page.block("Latency", latency_block(input, style));
    page.block("Parts", parts_block(input, style));
    charts(page, input, style);
    if (input.curve != nullptr) page.block("Simulated loads", load_table(*input.curve, style));
    page.block("Requests", requests_block(input, style));
    page.block("Made from", footer_block(input, style));
    return page.take();
}

}  // namespace plimsoll
