import { specifyGoldenClustering } from './golden-clustering.js';

specifyGoldenClustering('joint-clustering-n196', 14);
