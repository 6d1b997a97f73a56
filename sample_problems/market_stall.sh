# The stretch of days with the largest sum (Kadane), perhaps no day at all, of each line of theta.
while read -r line; do
  echo "$line" | awk -F '[][,]' '{
    for (i = 2; i < NF; i++) {
      if (sum <= 0) { sum = 0; start = i }
      sum += $i
      if (sum > best) { best = sum; from = start; to = i }
    }
    for (i = 2; i < NF; i++) y = y (i > 2 ? ", " : "") (from && from <= i && i <= to)
    print "{\"y\": [" y "]}"
  }'
done
