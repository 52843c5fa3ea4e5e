# ivf_plot.awk - plots queries per second against recall, as SVG
#
# Input, a line a point: series value recall queries_per_second ...
# Recall runs from LEFT to 1 on an axis of what is missed, logarithmic, so
# that 0.9 and 0.99 lie as far apart as 0.99 and 0.999.

function x(recall,  missed) {
	missed = 1 - recall
	if (missed < LEAST) missed = LEAST
	if (missed > 1 - LEFT) missed = 1 - LEFT
	return X0 + W * log(missed / (1 - LEFT)) / log(LEAST / (1 - LEFT))
}

function y(qps) {
	return Y0 + H - H * log(qps / low) / log(high / low)
}

function text(px, py, anchor, what) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", px, py, anchor, what
}

function line(x1, y1, x2, y2, color) {
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, color
}

function plot(name, color, label, row,  i, path, count) {
	for (i = 1; i <= n; i++) {
		if (series[i] != name || recall[i] < LEFT) continue
		path = path (count++ ? " L" : "M") sprintf("%.1f %.1f", x(recall[i]), y(qps[i]))
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%s %s: recall %s, %s/s</title></circle>\n", \
			x(recall[i]), y(qps[i]), color, label, value[i], recall[i], qps[i]
	}
	if (!count) return
	printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", path, color
	line(X0 + 16, Y0 + H - 16 - 18 * row, X0 + 46, Y0 + H - 16 - 18 * row, color)
	text(X0 + 52, Y0 + H - 12 - 18 * row, "start", label)
}

BEGIN { X0 = 70; Y0 = 40; W = 600; H = 380; LEFT = 0.6; LEAST = 0.0005 }

NF >= 4 && $4 + 0 > 0 {
	series[++n] = $1; value[n] = $2; recall[n] = $3; qps[n] = $4
	if (!low || $4 + 0 < low) low = $4 + 0
	if ($4 + 0 > high) high = $4 + 0
}

END {
	if (!n) exit 1
	low = 10 ^ int(log(low) / log(10))
	high = high * 1.3
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 480\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"700\" height=\"480\" fill=\"white\"/>"
	text(X0 + W / 2, 22, "middle", "Queries per second by recall of 10 neighbours, cosine, 384 dimensions, one connection")
	count = split("0.6 0.8 0.9 0.95 0.98 0.99 0.995 0.998 0.999", ticks, " ")
	for (i = 1; i <= count; i++) {
		line(x(ticks[i]), Y0, x(ticks[i]), Y0 + H, "#ddd")
		text(x(ticks[i]), Y0 + H + 18, "middle", ticks[i])
	}
	for (decade = low; decade <= high; decade *= 10) {
		for (i = 1; i < 10; i++) {
			if (decade * i > high) break
			line(X0, y(decade * i), X0 + W, y(decade * i), i == 1 ? "#bbb" : "#eee")
			if (i == 1 || i == 2 || i == 5) text(X0 - 8, y(decade * i) + 4, "end", decade * i)
		}
	}
	text(X0 + W / 2, Y0 + H + 38, "middle", "recall")
	plot("probes", "#1f6fb4", "trellis ivf, by trellis.ivf_probes", 2)
	plot("target", "#2a9d57", "trellis ivf, by trellis.target_recall", 1)
	plot("peer", "#c8452f", "HNSW, m = 16, ef_construction = 64, by ef_search", 0)
	print "</svg>"
}
