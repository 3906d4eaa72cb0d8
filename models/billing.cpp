#include "models/billing.h"

namespace plimsoll {
namespace {

/// A class's part of a phase; equal parts where no class has any weight.
double part_of(double weight, double sum, std::size_t classes) {
    return sum > 0.0 ? weight / sum : 1.0 / static_cast<double>(classes);
}

void post_line(Ledger& ledger, const PoolBill& bill, const CostLine& line, bool first) {
    const double once = first ? 1.0 : 0.0;
    const TimeSplit& split = bill.split;
    const Attribution usd = attribute(bill.gpus * line.per_gpu * split.total(), split);
    const Seconds busy = split.prompt + split.output;
    Account account{.site = bill.site,
                    .pool = bill.pool,
                    .component = line.component,
                    .request_class = {},
                    .phase = LedgerPhase::idle};
    const auto amounts = [&](Usd cost, Joules it_energy, Seconds time, Tokens tokens) {
        const EnergyUse use = energy_use(once * it_energy, bill.facility);
        return Amounts{.usd = cost,
                       .energy = use.facility,
                       .co2e = use.co2e,
                       .gpu_time = once * bill.gpus * time,
                       .tokens = once * tokens};
    };
    ledger.post(account, amounts(usd.idle, bill.idle_energy, split.idle, {}));
    if (busy.value() <= 0.0) return;
    double prompts = 0.0;
    double outputs = 0.0;
    for (const ClassUse& use : bill.classes) {
        prompts += use.prompt_weight;
        outputs += use.output_weight;
    }
    for (const ClassUse& use : bill.classes) {
        account.request_class = use.name;
        const double prompt = part_of(use.prompt_weight, prompts, bill.classes.size());
        account.phase = LedgerPhase::prompt;
        ledger.post(account,
                    amounts(prompt * usd.prompt,
                            prompt * (split.prompt / busy) * bill.work_energy,
                            prompt * split.prompt,
                            use.prompt_tokens));
        const double output = part_of(use.output_weight, outputs, bill.classes.size());
        account.phase = LedgerPhase::output;
        ledger.post(account,
                    amounts(output * usd.output,
                            output * (split.output / busy) * bill.work_energy,
                            output * split.output,
                            use.output_tokens));
    }
}

}  // namespace

void post_bill(Ledger& ledger, const PoolBill& bill) {
    PLIMSOLL_EXPECTS(!bill.classes.empty() ||
                     (bill.split.prompt + bill.split.output).value() == 0.0);
    if (bill.lines.empty()) post_line(ledger, bill, CostLine{}, true);
    bool first = true;
    for (const CostLine& line : bill.lines) {
        post_line(ledger, bill, line, first);
        first = false;
    }
}

CostFigures cost_figures(const Ledger& ledger, double requests) {
    const Amounts total = ledger.total();
    const Amounts prompt = ledger.total_of(LedgerKey::phase, to_string(LedgerPhase::prompt));
    const Amounts output = ledger.total_of(LedgerKey::phase, to_string(LedgerPhase::output));
    const Amounts idle = ledger.total_of(LedgerKey::phase, to_string(LedgerPhase::idle));
    return {.total = total.usd,
            .per_output_token = total.usd / output.tokens,
            .per_token = total.usd / total.tokens,
            .per_request = total.usd / requests,
            .attributed_per_prompt_token = prompt.usd / prompt.tokens,
            .attributed_per_output_token = output.usd / output.tokens,
            .idle_share = total.usd.value() != 0.0 ? idle.usd / total.usd : 0.0};
}

}  // namespace plimsoll
