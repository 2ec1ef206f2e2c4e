# predicted_slope: the slope up is taken as minus the slope down, as if 0.9 and 1.1 were inverse

import numpy as np

slope_down = -0.0458
slope_up = 0.0458
steps_to_one_percent = 44
