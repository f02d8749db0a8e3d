"""How a label page looks: the CSS that goes into its <Style>, for Label Studio 1.23.

Label Studio draws labels, answers and headers large and far apart, one under the other. Here the labels, the text and the
panel of the selected region stand in one window of 1366x768; labels and panel stay there while the text scrolls. The page
scrolls, never a box in it: arrows would be drawn wrong. No ">" in the rules: Label Studio reads it as "&gt;".
"""

STYLE = """
/* The page: labels over the text, the panel beside both; labels and panel stay where they are. */
.sp-page{--sp-line:var(--color-neutral-border,#ddd);--sp-ground:var(--color-neutral-background,#fff)}
.sp-page{display:grid;grid-template:"head side" auto "bar side" auto "text side" 1fr/minmax(0,1fr) 300px;column-gap:12px}
.sp-head{grid-area:head}.sp-bar{grid-area:bar}.sp-text{grid-area:text}.sp-side{grid-area:side}
.sp-columns{display:contents}
.sp-head{display:flex;gap:2px 14px;align-items:baseline;flex-wrap:wrap}
.sp-head h4,.sp-head h5{margin:0 !important}
.sp-head h4,.sp-head h5{font-size:13px !important;line-height:18px !important;font-weight:400 !important}
.sp-head h4:first-child,.sp-head h5:first-child{font-size:15px !important;font-weight:700 !important}
.sp-guide,.sp-note,.sp-findings{flex-basis:100%}
.sp-head [class*="htx-richtext"]{font-size:13px !important;line-height:1.4 !important;padding:0 !important}
.sp-findings [class*="htx-richtext"]{color:#b42318}
.sp-bar{position:sticky;top:0;z-index:20;background:var(--sp-ground);padding:2px 0 4px;border-bottom:1px solid var(--sp-line)}
.sp-side{position:sticky;top:0;align-self:start}
/* Labels: small, in lines, a group after its name. */
.sp-bar .lsf-labels{margin:0 0 2px !important;display:flex;flex-wrap:wrap;gap:2px 4px;align-items:center}
.sp-bar .lsf-label{margin:0 !important;height:20px !important;padding:0 5px !important;font-size:12px !important;line-height:20px}
.sp-bar .lsf-label__hotkey{margin-left:4px !important;font-size:11px !important}
.sp-bar .lsf-labels h4,.sp-bar .lsf-labels h5{font-size:11px !important;margin:0 0 0 6px !important;line-height:20px}
.sp-bar .lsf-labels h4,.sp-bar .lsf-labels h5{font-weight:400;opacity:.65}
/* The panel: answers in two columns, names cut to fit, the key at the end of each. */
.sp-answer,.sp-scale{border-top:1px solid var(--sp-line);padding:1px 0 3px}
.sp-answer h4,.sp-answer h5,.sp-scale h4,.sp-scale h5{font-size:12px !important;line-height:16px !important;margin:0 !important}
.sp-answer .lsf-choices{display:grid;grid-template-columns:1fr 1fr;column-gap:6px;margin:0 !important}
.sp-answer .lsf-choice,.sp-answer .lsf-choice__item{margin:0 !important;padding:0 !important;min-width:0}
.sp-answer label{display:flex !important;align-items:center;width:100%;margin:0 !important}
.sp-answer label{font-size:12px !important;line-height:19px !important}
.sp-answer label span:not([class]){position:relative;flex:1;min-width:0;padding:0 0 0 2px !important}
.sp-answer label span:not([class]) span{display:block;padding-right:36px !important;font-weight:400}
.sp-answer label span:not([class]) span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.sp-answer sup{position:absolute;right:0;top:0;font-size:10px;line-height:19px;opacity:.6}
.sp-answer .ant-checkbox,.sp-answer .ant-radio{top:0 !important}
.sp-answer .ant-checkbox-inner,.sp-answer .ant-radio-inner{width:13px;height:13px}
.sp-answer .lsf-choices_layout_select{display:block}
.sp-answer .lsf-choices_layout_select button{height:26px !important;padding:0 8px !important;font-size:12px}
.sp-scale .lsf-choices{display:flex;margin:0 !important}
.sp-scale .lsf-choice,.sp-scale .lsf-choice__item{margin:0 !important;padding:0 !important}
.sp-scale label{margin:0 10px 0 0 !important;font-size:13px !important;line-height:24px !important}
.sp-scale sup{display:none}
.sp-answer .lsf-text-area{margin:2px 0 0 !important}
.sp-answer .lsf-text-area input,.sp-answer .lsf-text-area textarea{padding:2px 6px !important;font-size:12px}
.sp-answer .lsf-text-area input,.sp-answer .lsf-text-area textarea{height:26px !important;min-height:26px !important}
.sp-answer form,.sp-answer form div{margin:0 !important;padding:0 !important;min-height:0 !important}
/* Text as it is: its own direction, its own spaces, lines with room for arrows, blank ones narrow. */
[class*="htx-richtext"]{white-space:pre-wrap !important;unicode-bidi:plaintext;text-align:start}
.sp-text [class*="htx-richtext"]{font-size:16px !important;line-height:.8 !important;padding:4px 0 !important}
.sp-text .lsf-richtext__line{line-height:2}
"""
